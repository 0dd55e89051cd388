/** Whatever stands in a header: it is read, or refused, and nothing throws. */
import fc from 'fast-check'
import { FORMATS, parseCertificate } from '../../lib/mtls/formats.js'
import { Proxies } from '../../lib/mtls/proxies.js'
import { certify } from './support/certificates.js'

const runs = process.env['THOROUGH'] === '1' ? 20_000 : 1000

/** Pieces of which real values consist, so that they meet in every order. */
const piece = fc.oneof(
  fc.constantFrom(
    ...['-----BEGIN CERTIFICATE-----', '-----END CERTIFICATE-----', 'Cert="', 'Chain="', 'URI=', 'Hash='],
    ...['"', '\\', ',', ';', '=', ':', ' ', '\t', '%', '%0A', '%22', '%2C', '%ff', '(null)', 'MAA=', '0'],
  ),
  fc.base64String({ maxLength: 12 }),
  fc.string({ maxLength: 4 }),
)

test('an invented value is never a certificate of more than was sent, and throws nothing', () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), fc.constantFrom(...FORMATS), (pieces, format) => {
      const text = pieces.join('')
      const found = parseCertificate(text, format)
      if (Buffer.isBuffer(found)) expect(found.length).toBeLessThan(text.length)
      else expect([undefined, 'none']).toContain(found)
    }),
    { numRuns: runs },
  )
})

test('a certificate with one character changed is refused, or has other bytes', async () => {
  const { der, cert } = await certify()
  const values = {
    rfc9440: `:${der.toString('base64')}:`,
    'pem-urlencoded': encodeURIComponent(cert),
    xfcc: `Hash=0;Cert="${encodeURIComponent(cert)}";Subject=""`,
    'base64-der': der.toString('base64'),
    pem: cert.trim().replaceAll('\n', ' '),
    'pem-body': der.toString('base64'),
  }
  fc.assert(
    fc.property(
      fc.constantFrom(...FORMATS),
      fc.nat(),
      fc.base64String({ maxLength: 4 }),
      (format, at, by) => {
        const value = values[format]
        const place = at % value.length
        const found = parseCertificate(
          `${value.slice(0, place)}${by}${value.slice(place + by.length)}`,
          format,
        )
        const isSame = Buffer.isBuffer(found) && found.equals(der)
        // Escapes have two spellings, and names of Envoy's pairs do not count.
        if (isSame && format !== 'xfcc' && format !== 'pem-urlencoded')
          expect(value.slice(place, place + by.length).replace(/[= ]/g, '')).toBe(by.replace(/[= ]/g, ''))
      },
    ),
    { numRuns: runs },
  )
})

test('any address and range is judged, and throws nothing', () => {
  const address = fc.oneof(fc.ipV4(), fc.ipV6(), fc.string({ maxLength: 20 }), fc.anything())
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), fc.nat(140), address, (range, bits, remoteAddress) => {
      const proxies = new Proxies()
      const isGood = proxies.add(`${range}/${bits}`)
      // Wider ranges of IPv6 may hold all of IPv4.
      const [least, most] = range.includes(':') ? [97, 128] : [1, 32]
      if (bits >= least && bits <= most) expect(isGood).toBe(true)
      if (bits === 0 || bits > most) expect(isGood).toBe(false)
      expect(typeof proxies.include({ remoteAddress })).toBe('boolean')
      if (isGood) expect(proxies.include({ remoteAddress: range })).toBe(true)
    }),
    { numRuns: runs },
  )
})

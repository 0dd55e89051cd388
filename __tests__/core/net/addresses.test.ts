import { isPublicAddress, isRefusedHost } from '../../../lib/core/net/addresses.js'
import { boundedLookup } from '../../../lib/core/net/lookups.js'

const lookupPublic = boundedLookup({
  signal: new AbortController().signal,
  report: () => undefined,
  isAllowed: isPublicAddress,
})

const look = (hostname: string, options: object) =>
  new Promise((resolve) => {
    lookupPublic(hostname, options, (error, address, family) => resolve(error?.message ?? [address, family]))
  })

describe('an address', () => {
  test.each([
    '1.1.1.1',
    '8.8.8.8',
    '9.255.255.255',
    '11.0.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '172.15.255.255',
    '172.32.0.0',
    '192.167.255.255',
    '223.255.255.255',
    '2606:4700:4700::1111',
    '2a00:1450:4001:800::200e',
    '::ffff:1.1.1.1',
    '64:ff9b::1.1.1.1',
  ])('%s is public', (address) => {
    expect(isPublicAddress(address)).toBe(true)
  })

  test.each([
    '0.0.0.0',
    '10.0.0.1',
    '10.255.255.255',
    '100.64.0.1',
    '127.0.0.1',
    '127.255.255.255',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.1',
    '192.0.2.1',
    '192.168.1.1',
    '198.18.0.1',
    '198.51.100.1',
    '203.0.113.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::10.0.0.1',
    '::ffff:10.0.0.1',
    '::ffff:a9fe:a9fe',
    '::ffff:0:10.0.0.1',
    '0:0:0:0:0:ffff:7f00:1',
    '64:ff9b::10.0.0.1',
    '64:ff9b:1::1',
    '100::1',
    '2001::1',
    '2001:db8::1',
    '2002:a00:1::1',
    '3fff::1',
    'fc00::1',
    'fd12:3456::1',
    'fe80::1',
    'fe80::1%eth0',
    'fec0::1',
    'ff02::1',
    '',
    'localhost',
    '010.0.0.1',
  ])('%p is not', (address) => {
    expect(isPublicAddress(address)).toBe(false)
  })
})

describe('the host of a URL', () => {
  test.each([
    ['http://2130706433/', true],
    ['http://0x7f.1/', true],
    ['http://127.1/', true],
    ['http://[::1]/', true],
    ['http://[::ffff:127.0.0.1]/', true],
    ['http://169.254.169.254/', true],
    ['http://1.1.1.1/', false],
    ['http://[2606:4700:4700::1111]/', false],
    ['http://example.com/', false],
    ['http://localhost/', false],
  ])('of %s is refused: %s', (url, refused) => {
    expect(isRefusedHost(new URL(url).hostname)).toBe(refused)
  })
})

describe('a look-up', () => {
  test.each([
    ['of a name with private addresses alone', 'localhost'],
    ['of a private address', '127.0.0.1'],
  ])('%s finds nothing', async (_title, hostname) => {
    expect(await look(hostname, {})).toBe('The host has no public address')
    expect(await look(hostname, { all: true })).toBe('The host has no public address')
  })

  test('finds public addresses, in both forms that Node asks for', async () => {
    expect(await look('1.1.1.1', {})).toEqual(['1.1.1.1', 4])
    expect(await look('1.1.1.1', { all: true })).toEqual([[{ address: '1.1.1.1', family: 4 }], undefined])
  })

  test('of a name that does not exist fails as such', async () => {
    expect(await look('does-not-exist.invalid', {})).toMatch(/ENOTFOUND|EAI_AGAIN/)
  })
})

/** From the options of `mtls` to plain settings. */
import { OptionReader } from '../core/options/reader.js'
import { FORMATS } from './formats.js'
import type { MtlsSettings } from './method.js'
import { Proxies } from './proxies.js'
import { fromConnection, fromFunction, fromHeader } from './sources.js'
import type { CertificateHeader, CertificateSource } from './sources.js'
import type { CertificateFunction, CertificateHeaderOptions, MtlsOptions } from './types.js'

const NAMES: Readonly<Record<keyof MtlsOptions, true>> = { header: true, certificate: true, required: true }
const HEADER_NAMES: Readonly<Record<keyof CertificateHeaderOptions, true>> = {
  name: true,
  format: true,
  from: true,
}

/** RFC 9110 §5.1. */
const FIELD_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/** Throws a ConfigurationError that names the wrong option. */
export function parseMtlsOptions(options: MtlsOptions): MtlsSettings {
  const reader = new OptionReader(options, 'mtls', Object.keys(NAMES))
  return { source: parseSource(reader), isRequired: reader.boolean('required') }
}

function parseSource(reader: OptionReader): CertificateSource {
  const find = reader.function('certificate')
  const header = reader.record('header')
  if (find !== undefined && header !== undefined) reader.fail('certificate', 'contradicts header')
  if (find !== undefined) return fromFunction(find as unknown as CertificateFunction)
  if (header === undefined) return fromConnection
  return fromHeader(parseHeader(new OptionReader(header, reader.pathOf('header'), Object.keys(HEADER_NAMES))))
}

function parseHeader(reader: OptionReader): CertificateHeader {
  const name = reader.string('name') ?? reader.fail('name', "is required: the header's name")
  if (!FIELD_NAME.test(name)) reader.fail('name', 'must be the name of a header')
  const format =
    reader.oneOf('format', FORMATS) ?? reader.fail('format', `is required: one of "${FORMATS.join('", "')}"`)
  return { name: name.toLowerCase(), format, proxies: parseProxies(reader) }
}

function parseProxies(reader: OptionReader): Proxies {
  const texts =
    reader.strings('from') ??
    reader.fail('from', 'is required: the addresses of the proxies, because clients can send the header too')
  const proxies = new Proxies()
  for (const text of texts)
    if (!proxies.add(text))
      reader.fail(
        'from',
        "must hold IP addresses or ranges, such as '10.0.0.5' or '10.0.0.0/8', and not every address",
      )
  if (proxies.includesEverybody())
    reader.fail(
      'from',
      'holds every IPv4 or every public IPv6 address, so that any client could send the header. Write only the proxies',
    )
  return proxies
}

import { readdirSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'

const root = join(__dirname, '../..')
const readme = readFileSync(join(root, 'README.md'), 'utf8')

function section(title: string): string {
  const start = readme.indexOf(`## ${title}`)
  return readme.slice(start, readme.indexOf('\n## ', start + 1))
}

interface MapRow {
  readonly rfcs: readonly string[]
  readonly file: string
}

const rfcMap: readonly MapRow[] = [
  ...readFileSync(join(root, 'docs/rfcs.md'), 'utf8').matchAll(/^\| (.+) \| `(.+)` \|$/gm),
].map(([, what = '', file = '']) => ({ rfcs: what.match(/\b\d{4}\b/g) ?? [], file }))

const sources = (readdirSync(join(root, 'lib'), { recursive: true }) as string[])
  .filter((name) => name.endsWith('.ts'))
  .map((name) => join('lib', name))

function headerOf(file: string): string {
  const text = readFileSync(join(root, file), 'utf8')
  return text.startsWith('/**') ? text.slice(0, text.indexOf('*/')) : ''
}

function rfcsIn(text: string): readonly string[] {
  return [...text.matchAll(/RFC (\d{4})/g)].map(([, number = '']) => number)
}

describe('The map from RFCs to files in docs/rfcs.md', () => {
  test.each(rfcMap.flatMap(({ rfcs, file }) => rfcs.map((rfc) => [rfc, file])))(
    'RFC %s is named by the header of %s',
    (rfc, file) => {
      expect(
        rfcsIn(
          headerOf(file).replace(/\bRFC (\d{4}(?:, \d{4})+)/g, (_, list: string) =>
            list.replace(/\d{4}/g, 'RFC $&'),
          ),
        ),
      ).toContain(rfc)
    },
  )

  test('holds every RFC that a file header names', () => {
    const mapped = new Set(rfcMap.flatMap(({ rfcs }) => rfcs))
    const named = new Set(sources.flatMap((file) => rfcsIn(headerOf(file))))
    expect([...named].filter((rfc) => !mapped.has(rfc))).toEqual([])
    expect(named.size).toBeGreaterThan(10)
  })

  test('has one owner for each part', () => {
    const files = rfcMap.map(({ file }) => file)
    expect(new Set(files).size).toBe(files.length)
  })
})

describe('The map of lib/ in the README', () => {
  const mapped = [...section('Find your way in the code').matchAll(/^\| `lib\/(.+?)` \|/gm)].map(
    ([, name = '']) => name,
  )

  test('names each folder, and no other', () => {
    const folders = [...childrenOf('lib').filter((name) => name !== 'core'), ...childrenOf('lib/core')]
    expect([...mapped].sort()).toEqual(folders.sort())
  })

  test('lists the folders in the order of imports', () => {
    const upward = sources.flatMap((file) => {
      const imports = readFileSync(join(root, file), 'utf8').matchAll(/(?: from |\bimport\()'(\.[^']+)'/g)
      const paths = [...imports].map(([, path = '']) => join(file, '..', path))
      return paths.filter((path) => rankOf(path) < rankOf(file)).map((path) => `${file} imports ${path}`)
    })
    expect(upward).toEqual([])
  })

  /** The position in the map of the entry that a file belongs to. */
  function rankOf(file: string): number {
    const [, first = '', second = ''] = file.split(sep)
    return mapped.indexOf(first === 'core' ? `core/${second}` : first.replace(/\.js$/, '.ts'))
  }
})

function childrenOf(folder: string): string[] {
  const prefix = folder === 'lib' ? '' : folder.slice('lib/'.length) + '/'
  return readdirSync(join(root, folder)).map((name) => prefix + name)
}

describe('Every source file', () => {
  test.each(sources)('%s begins with its responsibility', (file) => {
    expect(headerOf(file).length).toBeGreaterThan(40)
  })
})

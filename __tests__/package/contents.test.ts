/** Files of the tarball: bundled declarations, and pages whose links lead to other packed files. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import ts from 'typescript'

const root = path.resolve(__dirname, '../..')
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8')

const packed: readonly string[] = (() => {
  const args = ['pack', '--dry-run', '--json', '--ignore-scripts', '--silent']
  const { status, stdout, stderr } = spawnSync('npm', args, { cwd: root, encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  const [tarball] = JSON.parse(stdout) as [{ files: { path: string }[] }]
  return tarball.files.map((file) => file.path)
})()

/** The names of the entries' files in dist/. */
const entries: readonly string[] = Object.keys(JSON.parse(read('package.json')).exports)
  .filter((subpath) => subpath !== './package.json')
  .map((subpath) => (subpath === '.' ? 'index' : subpath.slice('./'.length)))

const sourceOf = (entry: string): string =>
  path.join(root, entry === 'index' ? 'lib/index.ts' : `lib/${entry}/index.ts`)
const declarationOf = (entry: string): string => path.join(root, `dist/${entry}.d.ts`)

describe('dist/', () => {
  test('holds a file of code and one of declarations for each entry, one of each that they share, and the program', () => {
    const expected = [...entries, 'shared'].flatMap((name) => [`dist/${name}.d.ts`, `dist/${name}.js`])
    expect(packed.filter((file) => file.startsWith('dist/'))).toEqual([...expected, 'dist/cli.js'].sort())
  })

  test('holds the program that package.json names, which starts with a line for the shell', () => {
    expect(JSON.parse(read('package.json')).bin).toEqual({ 'express-resource-server': './dist/cli.js' })
    expect(read('dist/cli.js')).toMatch(/^#!\/usr\/bin\/env node\n/)
  })

  test.each([...entries, 'shared'])('%s does not load the program', (name) => {
    expect(read(`dist/${name}.js`)).not.toContain('./cli.js')
  })

  test('declares nothing twice: a value of one entry fits the other', () => {
    const declared = [...entries, 'shared'].flatMap((name) => namesDeclaredIn(`dist/${name}.d.ts`))
    expect(declared.length).toBeGreaterThan(50)
    expect(declared.filter((name, index) => declared.indexOf(name) !== index)).toEqual([])
  })

  test("adds to Express's request in one file", () => {
    const texts = [...entries, 'shared'].map((name) => read(`dist/${name}.d.ts`))
    expect(texts.join('\n').match(/^declare global \{$/gm)).toHaveLength(1)
    expect(read('dist/index.d.ts')).toMatch(
      /^declare global \{\s+namespace Express \{\s+interface Request \{/m,
    )
  })

  test.each(entries)('%s declares what lib/ exports, with the same documentation', (entry) => {
    const documentation = documentationOf([sourceOf(entry), declarationOf(entry)])
    const source = documentation(sourceOf(entry))
    expect(Object.values(source).join('').length).toBeGreaterThan(100)
    expect(documentation(declarationOf(entry))).toEqual(source)
  })
})

/** Without overloads: each function counts once. */
function namesDeclaredIn(file: string): string[] {
  const { statements } = ts.createSourceFile(file, read(file), ts.ScriptTarget.ES2022)
  const names = statements.flatMap((statement) => {
    if (ts.isVariableStatement(statement))
      return statement.declarationList.declarations.map(({ name }) => (name as ts.Identifier).text)
    const { name } = statement as { name?: ts.Node }
    return name !== undefined && ts.isIdentifier(name) && name.text !== 'global' ? [name.text] : []
  })
  return [...new Set(names)]
}

type Documentation = Record<string, string>

/** By the names of exports and of their members: what an editor shows of them. */
function documentationOf(files: readonly string[]): (file: string) => Documentation {
  const module = ts.ModuleKind.NodeNext
  const options = {
    module,
    strict: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2022,
    types: ['node'],
  }
  const program = ts.createProgram(files, options)
  const checker = program.getTypeChecker()
  const textOf = (symbol: ts.Symbol): string =>
    [
      ...symbol.getDocumentationComment(checker),
      ...symbol.getJsDocTags(checker).flatMap(({ name, text = [] }) => [{ text: `@${name} ` }, ...text]),
    ]
      .map(({ text }) => text)
      .join('')
  return (file) => {
    const source = program.getSourceFile(file)
    const module = source && checker.getSymbolAtLocation(source)
    if (module === undefined) throw new Error(`${file} is no module`)
    const found: Documentation = {}
    for (const exported of checker.getExportsOfModule(module)) {
      const isAlias = (exported.flags & ts.SymbolFlags.Alias) !== 0
      const symbol = isAlias ? checker.getAliasedSymbol(exported) : exported
      found[symbol.name] = textOf(symbol)
      for (const [name, member] of symbol.members ?? []) {
        if (!String(name).startsWith('__')) found[`${symbol.name}.${String(name)}`] = textOf(member)
      }
    }
    return found
  }
}

/** The packed pages, and where their relative links and pictures lead. */
const links = packed
  .filter((file) => file.endsWith('.md'))
  .flatMap((page) => {
    const prose = read(page).replace(/^```[^]*?^```$/gm, '')
    const inText = [...prose.matchAll(/\]\(([^)\s]+)[^)]*\)|^\[[^\]]+\]:\s*(\S+)/gm)]
    const inHtml = [...prose.matchAll(/\b(?:src|href)="([^"]+)"/g)]
    return [...inText, ...inHtml].map(([, first, second]): [page: string, target: string] => [
      page,
      first ?? second ?? '',
    ])
  })
  .filter(([, target]) => !/^(?:[a-z]+:|#)/.test(target))

test.each(links)('%s: the link to %s leads to a packed file', (page, target) => {
  const [file = ''] = target.split('#')
  expect(packed).toContain(path.posix.join(path.posix.dirname(page), file))
})

test('the links of several pages were found', () => {
  expect(new Set(links.map(([page]) => page)).size).toBeGreaterThan(5)
})

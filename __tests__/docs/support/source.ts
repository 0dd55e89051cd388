/** Declarations in the sources, read with the compiler's own parser. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'

export const ROOT = join(__dirname, '..', '..', '..')

export function readText(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8')
}

export function parse(path: string): ts.SourceFile {
  return ts.createSourceFile(path, readText(path), ts.ScriptTarget.Latest, true)
}

/** The string literals of a union type. */
function membersOfUnion(path: string, name: string): readonly string[] {
  const alias = parse(path).statements.find(
    (node): node is ts.TypeAliasDeclaration => ts.isTypeAliasDeclaration(node) && node.name.text === name,
  )
  if (alias === undefined || !ts.isUnionTypeNode(alias.type)) throw new Error(`${path}: no union ${name}`)
  return alias.type.types.map((type) => {
    if (!ts.isLiteralTypeNode(type) || !ts.isStringLiteral(type.literal)) throw new Error(type.getText())
    return type.literal.text
  })
}

export function hintsOfTheSource(): readonly string[] {
  return membersOfUnion('lib/core/errors/hints.ts', 'Hint')
}

export function codesOfTheSource(): readonly string[] {
  return membersOfUnion('lib/core/errors/error-codes.ts', 'ErrorCode')
}

export interface Property {
  readonly name: string
  readonly type: string
  /** The docstring as one line; empty if there is none. */
  readonly docstring: string
}

/**
 * The properties of an interface, or of the object types that a type alias is made of; each name
 * once.
 */
export function propertiesOf(path: string, name: string): readonly Property[] {
  const found = new Map<string, Property>()
  const collect = (node: ts.Node): void => {
    if (!ts.isPropertySignature(node)) {
      ts.forEachChild(node, collect)
      return
    }
    const property = toProperty(node)
    const known = found.get(property.name)
    if (known === undefined || known.docstring === '') found.set(property.name, property)
  }
  const declaration = parse(path).statements.find(
    (node): node is ts.InterfaceDeclaration | ts.TypeAliasDeclaration =>
      (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) && node.name.text === name,
  )
  if (declaration === undefined) throw new Error(`${path}: no type ${name}`)
  if (ts.isInterfaceDeclaration(declaration)) declaration.members.forEach(collect)
  else collect(declaration.type)
  return [...found.values()]
}

function toProperty(node: ts.PropertySignature): Property {
  const [jsDoc] = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc)
  const text = ts.getTextOfJSDocComment(jsDoc?.comment) ?? ''
  return {
    name: node.name.getText(),
    type: (node.type?.getText() ?? '').replace(/ \| undefined$/, ''),
    docstring: text.replace(/\s+/g, ' ').trim(),
  }
}

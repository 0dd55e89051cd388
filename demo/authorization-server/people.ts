/** The people who can sign in, and what OpenID Connect tells about them. */

export interface Person {
  readonly id: string
  readonly name: string
  /** A real server keeps a slow hash of it, never the password. */
  readonly password: string
  readonly roles: readonly string[]
}

export const people: readonly Person[] = [
  { id: 'alice', name: 'Alice Liddell', password: 'wonderland', roles: [] },
  { id: 'bob', name: 'Bob Builder', password: 'can-we-fix-it', roles: ['admin'] },
]

export function findPerson(id: string): Person | undefined {
  return people.find((person) => person.id === id)
}

export function signIn(id: unknown, password: unknown): Person | undefined {
  return people.find((person) => person.id === id && person.password === password)
}

/** What oidc-provider asks for: the claims of the ID token. */
export async function findAccount(_context: unknown, id: string) {
  const person = findPerson(id)
  return person && { accountId: id, claims: () => ({ sub: id, name: person.name }) }
}

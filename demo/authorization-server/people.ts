/** The users who can sign in, and their OpenID Connect claims. */

export interface Person {
  readonly id: string
  readonly name: string
  /** A real server stores a slow hash of the password instead. */
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

/** Account look-up for oidc-provider, which puts these claims into ID tokens. */
export async function findAccount(_context: unknown, id: string) {
  const person = findPerson(id)
  return person && { accountId: id, claims: () => ({ sub: id, name: person.name }) }
}

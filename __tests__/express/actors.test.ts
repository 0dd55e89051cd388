/** RFC 8693 §4.1: who acts for whom. */
import express from 'express'
import request from 'supertest'
import { requireActor, resourceServer } from 'express-resource-server'
import type { ActorPattern } from 'express-resource-server'
import { createTestIssuer } from 'express-resource-server/testing'

const issuer = createTestIssuer()
const api = resourceServer(issuer.options)
const actorOf = async (act: unknown) => (await api.verify(await issuer.token({ act }))).actor

test('The principal has the whole chain of actors, frozen', async () => {
  const act = { sub: 'desk', client_id: 'c', act: { iss: 'https://a.test', sub: 'robot' }, extra: 1 }
  const actor = await actorOf(act)
  expect(actor).toEqual({
    subject: 'desk',
    clientId: 'c',
    actor: { issuer: 'https://a.test', subject: 'robot' },
  })
  expect(Object.isFrozen(actor) && Object.isFrozen(actor?.actor)).toBe(true)
})

test('A chain of more than 8 actors is cut', async () => {
  let act: object = { sub: '0' }
  for (let i = 1; i < 20; i++) act = { sub: String(i), act }
  let depth = 0
  for (let actor = await actorOf(act); actor !== undefined; actor = actor.actor) depth++
  expect(depth).toBe(8)
})

test.each([['a text'], [1], [null], [[{ iss: 'x' }]]])('act %j is no actor', async (act) => {
  expect(await actorOf(act)).toBeUndefined()
})

const current = { sub: 'desk', iss: 'https://a.test', client_id: 'c', act: { sub: 'robot' } }

test.each<[string, ActorPattern, unknown, number]>([
  ['the subject', { subject: 'desk' }, current, 200],
  ['all three', { subject: 'desk', issuer: 'https://a.test', clientId: 'c' }, current, 200],
  ['the client only', { clientId: 'c' }, current, 200],
  ['the issuer only', { issuer: 'https://a.test' }, current, 200],
  ['another subject', { subject: 'other' }, current, 403],
  ['the subject wrong', { subject: 'other', issuer: 'https://a.test', clientId: 'c' }, current, 403],
  ['the issuer wrong', { subject: 'desk', issuer: 'https://b.test', clientId: 'c' }, current, 403],
  ['the client wrong', { subject: 'desk', issuer: 'https://a.test', clientId: 'd' }, current, 403],
  ['an earlier actor, who does not count', { subject: 'robot' }, current, 403],
  ['no actor', { subject: 'desk' }, undefined, 403],
  ['an actor without the value', { clientId: 'c' }, { sub: 'desk' }, 403],
  ['a value of another type', { clientId: '1' }, { client_id: 1 }, 403],
])('requireActor with %s', async (_title, pattern, act, status) => {
  const app = express().use(api, requireActor(pattern), (_req, res) => res.end())
  const token = await issuer.token({ act })
  const answer = await request(app).get('/').auth(token, { type: 'bearer' }).expect(status)
  // No scope would help.
  expect(answer.headers['www-authenticate'] ?? '').not.toContain('scope')
})

test.each([[{}], [undefined], [{ subject: '' }], [{ sub: 'x' }], [{ subject: ['x'] }]])(
  'requireActor(%j) throws at set-up',
  (pattern) => {
    expect(() => requireActor(pattern as ActorPattern)).toThrow(/^requireActor/)
  },
)

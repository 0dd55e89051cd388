/**
 * Measures only verification, in this process: new and repeated tokens, one at a time and 64 at
 * once.
 */
import { ALGORITHMS, Issuer } from './issuer.js'
import { inTurn, median, pairedRatio, round3 } from './statistics.js'
import { FLOOR_NEW, FLOOR_REPEATED, VERIFIERS } from './subjects/verifiers.js'

/** Warm-up rounds, which are not counted: V8 has optimized the code after them. */
const WARM_UP = 8
/**
 * More tokens than any cache here holds (10000), so that each token is new again in every round.
 */
const NEW_TOKENS = 12_000
const REPEATED_TOKENS = 200
/** Tokens per round. An ES384 verification takes ten times as long as the others. */
const NEW_EACH_ROUND = { ES384: 200 }
/**
 * Minimum time to repeat the known tokens: one round takes some subjects 0.2 ms, too little to
 * measure.
 */
const LEAST_MS = 40

export async function runVerify({ pems, jwksUri, isQuick, report }) {
  const issuer = new Issuer(pems)
  const results = []
  for (const alg of isQuick ? ['RS256', 'ES256', 'EdDSA'] : ALGORITHMS) {
    const lists = { new: issuer.tokens(alg, NEW_TOKENS), repeated: issuer.tokens(alg, REPEATED_TOKENS) }
    const subjects = await ableTo(alg, { issuer, jwksUri })
    for (const kind of ['new', 'repeated']) {
      for (const atOnce of isQuick ? [1] : [1, 64]) {
        const setup = { alg, issuer, jwksUri, tokens: lists[kind], kind, atOnce, rounds: isQuick ? 5 : 7 }
        const result = summary({ alg, kind, atOnce }, await measure(subjects, setup))
        report(result)
        results.push(result)
      }
    }
  }
  return results
}

/** The subjects that accept a token of the algorithm. */
async function ableTo(alg, setup) {
  const able = []
  for (const [subject, make] of Object.entries(VERIFIERS)) {
    try {
      await (
        await make({ ...setup, alg })
      )(setup.issuer.token(alg, 'probe'))
      able.push(subject)
    } catch {
      // The subject does not support the algorithm.
    }
  }
  return able
}

/**
 * Creates each subject once and measures it in every round, with the next tokens of the list or
 * always the same.
 */
async function measure(subjects, { rounds, kind, tokens, atOnce, ...setup }) {
  const floor = kind === 'new' ? FLOOR_NEW : FLOOR_REPEATED
  const others = subjects.filter((each) => each !== FLOOR_NEW && each !== FLOOR_REPEATED)
  const known = [floor, `${floor} (again)`, ...others]
  const costs = Object.fromEntries(known.map((each) => [each, []]))
  const verifiers = new Map()
  for (const subject of known) {
    const verifyToken = await VERIFIERS[subject.replace(' (again)', '')](setup)
    await verifyToken(setup.issuer.token(setup.alg, 'first'))
    verifiers.set(subject, verifyToken)
  }
  for (let round = -WARM_UP; round < rounds; round++) {
    const ofRound =
      kind === 'new' ? slice(tokens, round + WARM_UP, NEW_EACH_ROUND[setup.alg] ?? 2000) : tokens
    const leastMs = kind === 'new' ? 0 : LEAST_MS
    for (const subject of inTurn(known, round + WARM_UP)) {
      const verifyToken = verifiers.get(subject)
      const cost = await microsecondsEach(verifyToken, { tokens: ofRound, atOnce, leastMs })
      if (round >= 0) costs[subject].push(cost)
    }
  }
  return { floor, costs }
}

/** Cycles through the list. */
function slice(tokens, round, count) {
  const start = (round * count) % tokens.length
  return tokens.slice(start, start + count)
}

/** Verifies all tokens, repeatedly until `leastMs` have passed. */
async function microsecondsEach(verifyToken, { tokens, atOnce, leastMs }) {
  const end = performance.now() + leastMs
  const before = process.cpuUsage()
  let count = 0
  do {
    await verifyAll(verifyToken, tokens, atOnce)
    count += tokens.length
  } while (performance.now() < end)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / count
}

async function verifyAll(verifyToken, tokens, atOnce) {
  for (let i = 0; i < tokens.length; i += atOnce) {
    if (atOnce === 1) {
      const answer = verifyToken(tokens[i])
      if (answer instanceof Promise) await answer
    } else await Promise.all(tokens.slice(i, i + atOnce).map(verifyToken))
  }
}

function summary(kind, { floor, costs }) {
  const rows = Object.entries(costs).map(([subject, values]) => ({
    subject,
    ...pairedRatio(costs[floor], values),
    microsecondsOfCpu: round3(median(values)),
  }))
  return { ...kind, floor, rows }
}

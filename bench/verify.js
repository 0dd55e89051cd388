/** Verification alone, in this process: new tokens and repeated ones, one at a time and 64 at once. */
import { ALGORITHMS, Issuer } from './issuer.js'
import { inTurn, median, pairedRatio, round3 } from './statistics.js'
import { FLOOR_NEW, FLOOR_REPEATED, VERIFIERS } from './subjects/verifiers.js'

/** Rounds that do not count: what is not optimised yet by then never will be. */
const WARM_UP = 8
/** Repeated tokens go round until this has passed: one round of 200 takes some subjects 0.3 ms, too little to measure. */
const LEAST_MS = 40
const REPEATED = 200
/** Of ES384, a verification takes ten times as long. */
const NEW = { ES384: 200 }

export async function runVerify({ pems, jwksUri, isQuick, report }) {
  const issuer = new Issuer(pems)
  const results = []
  for (const alg of isQuick ? ['RS256', 'ES256', 'EdDSA'] : ALGORITHMS) {
    const lists = { new: issuer.tokens(alg, NEW[alg] ?? 2000), repeated: issuer.tokens(alg, REPEATED) }
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

/** Those that accept a token of the algorithm. */
async function ableTo(alg, setup) {
  const able = []
  for (const [subject, make] of Object.entries(VERIFIERS)) {
    try {
      await (
        await make({ ...setup, alg })
      )(setup.issuer.token(alg, 'probe'))
      able.push(subject)
    } catch {
      // It says itself which algorithms it has.
    }
  }
  return able
}

/** Each round makes each subject anew, so that a cache knows none of the tokens that are to be new. */
async function measure(subjects, { rounds, kind, tokens, atOnce, ...setup }) {
  const floor = kind === 'new' ? FLOOR_NEW : FLOOR_REPEATED
  const others = subjects.filter((each) => each !== FLOOR_NEW && each !== FLOOR_REPEATED)
  const known = [floor, `${floor} (again)`, ...others]
  const costs = Object.fromEntries(known.map((each) => [each, []]))
  for (let round = -WARM_UP; round < rounds; round++) {
    for (const subject of inTurn(known, round + WARM_UP)) {
      const verifyToken = await VERIFIERS[subject.replace(' (again)', '')](setup)
      await verifyToken(setup.issuer.token(setup.alg, 'first'))
      const isRepeated = kind === 'repeated'
      if (isRepeated) for (const token of tokens) await verifyToken(token)
      const cost = await microsecondsEach(verifyToken, { tokens, atOnce, leastMs: isRepeated ? LEAST_MS : 0 })
      if (round >= 0) costs[subject].push(cost)
    }
  }
  return { floor, costs }
}

/** Goes through the tokens once, and again until `leastMs` have passed. */
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

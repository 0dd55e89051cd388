/** Verification alone, in this process: new tokens and repeated ones, one at a time and 64 at once. */
import { ALGORITHMS, Issuer } from './issuer.js'
import { inTurn, median, pairedRatio, round3 } from './statistics.js'
import { FLOOR_NEW, FLOOR_REPEATED, VERIFIERS } from './subjects/verifiers.js'

/** Rounds that do not count: what is not optimised yet by then never will be. */
const WARM_UP = 4

export async function runVerify({ pems, jwksUri, isQuick }) {
  const issuer = new Issuer(pems)
  const results = []
  for (const alg of isQuick ? ['RS256', 'ES256', 'EdDSA'] : ALGORITHMS) {
    const lists = { new: issuer.tokens(alg, isQuick ? 800 : 1000), repeated: issuer.tokens(alg, 200) }
    const subjects = await ableTo(alg, { issuer, jwksUri })
    for (const kind of ['new', 'repeated']) {
      for (const atOnce of isQuick ? [1] : [1, 64]) {
        const tokens = kind === 'new' ? lists.new : Array.from({ length: 10 }, () => lists.repeated).flat()
        const runs = await measure(subjects, {
          alg,
          issuer,
          jwksUri,
          tokens,
          kind,
          atOnce,
          rounds: isQuick ? 5 : 7,
        })
        results.push(summary({ alg, kind, atOnce }, runs))
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
      if (kind === 'repeated') for (const token of new Set(tokens)) await verifyToken(token)
      const cost = await microsecondsEach(verifyToken, tokens, atOnce)
      if (round >= 0) costs[subject].push(cost)
    }
  }
  return { floor, costs }
}

async function microsecondsEach(verifyToken, tokens, atOnce) {
  const before = process.cpuUsage()
  for (let i = 0; i < tokens.length; i += atOnce) {
    if (atOnce === 1) {
      const answer = verifyToken(tokens[i])
      if (answer instanceof Promise) await answer
    } else await Promise.all(tokens.slice(i, i + atOnce).map(verifyToken))
  }
  const { user, system } = process.cpuUsage(before)
  return (user + system) / tokens.length
}

function summary(kind, { floor, costs }) {
  const rows = Object.entries(costs).map(([subject, values]) => ({
    subject,
    ...pairedRatio(costs[floor], values),
    microsecondsOfCpu: round3(median(values)),
  }))
  return { ...kind, floor, rows }
}

/**
 * Runs the simulation: `npm run sim -- --seed N` for one seed with its trace, `npm run sim -- --seeds K [--from N]` for many, `--brokers 3` for a
 * cluster, `--voters 3` for one in which as many nodes are controllers, with `--apart` nodes of their own; with
 * `--changing` controllers lose their votes and get them back meanwhile. One seed gives one trace, byte for byte. Ends with 1 when any run showed something wrong.
 */
import { parseArgs } from 'node:util'
import { simulate } from './scenario.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string', default: '20' },
    from: { type: 'string', default: '1' },
    brokers: { type: 'string', default: '1' },
    voters: { type: 'string', default: '1' },
    apart: { type: 'boolean', default: false },
    changing: { type: 'boolean', default: false },
    quiet: { type: 'boolean' },
  },
})

const write = (line: string) => process.stdout.write(`${line}\n`)
const from = Number(values.seed ?? values.from)
const count = values.seed === undefined ? Number(values.seeds) : 1
const brokers = Number(values.brokers)
const voters = Number(values.voters)
if (values.changing && voters < 2) throw new Error('--changing needs several controllers: --brokers 3 --voters 3')
let failed = 0
let acknowledged = 0
let crashes = 0
let cleanings = 0
let votesGiven = 0
let directoriesLost = 0
let moves = 0
for (let seed = from; seed < from + count; seed++) {
  const result = await simulate(seed, {
    brokers,
    voters,
    apart: values.apart,
    changing: values.changing,
    ...(values.seed !== undefined && !values.quiet ? { onTrace: write } : {}),
  })
  acknowledged += result.acknowledged
  crashes += result.crashes
  cleanings += result.cleanings
  votesGiven += result.votesGiven
  directoriesLost += result.directoriesLost
  moves += result.moves
  if (result.complaints.length > 0) {
    failed++
    write(
      `seed ${seed} fails (npm run sim -- --brokers ${brokers} --voters ${voters}${values.apart ? ' --apart' : ''}${values.changing ? ' --changing' : ''} --seed ${seed}):`,
    )
    for (const complaint of result.complaints) write(`  ${complaint}`)
  } else if (values.seed !== undefined) write(`seed ${seed}: ${JSON.stringify(result)}`)
}
write(
  `${acknowledged} records acknowledged, ${crashes} crashes of nodes, ${cleanings} compactions of logs, ${directoriesLost} directories lost, ${moves} moves between them${values.changing ? `, ${votesGiven} votes given` : ''}`,
)
write(`sim: ${count - failed} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0

import type { Admin, FeatureUpdate } from '../../client/index.ts'
import { latestLevel, levelOf, METADATA_VERSION, releaseOf } from '../../protocol/metadata-version.ts'
import { type ChangedFeature, changeFeatures, parseLevel, wantedLevels } from '../../tools/features/change.ts'
import { defaultLevels, dependencyText } from '../../tools/storage/features.ts'
import type { ClassicTool, Context } from '../context.ts'
import { exitCode } from '../exit.ts'
import { ArgparseError, type ArgparseOption } from './argparse.ts'
import { finish } from './command-line.ts'
import { featuresHelp } from './features-help.ts'
import { type Arguments, checkSingleTarget, runSubcommand, targetOf, targets } from './subcommands.ts'
import { withAdmin } from './with-admin.ts'

const feature: ArgparseOption = { long: 'feature', value: true, repeats: true }
const release: ArgparseOption = { long: 'release-version', value: true }
const metadata: ArgparseOption = { long: 'metadata', value: true }
const unsafe: ArgparseOption = { long: 'unsafe', value: false }
const dryRun: ArgparseOption = { long: 'dry-run', value: false }

const complaint = (sentence: string): string => `Command line error: ${sentence}. Type --help for help.`

const spec = {
  tool: 'kafka-features',
  help: featuresHelp,
  helpCode: exitCode.done,
  target: 'own',
  complaint,
  before: [...targets, { long: 'command-config', value: true }],
  commands: {
    describe: [{ long: 'node-id', value: true }],
    upgrade: [metadata, release, feature, dryRun],
    downgrade: [metadata, release, feature, unsafe, dryRun],
    disable: [feature, unsafe, dryRun],
    'version-mapping': [release],
    'feature-dependencies': [{ ...feature, required: true }],
  },
} as const

/** Apache's kafka-features. */
export const main: ClassicTool = (args, context) =>
  finish(context, () => runSubcommand(spec, args, context, (command, found) => run(command, found, context)))

async function run(command: string, found: Arguments, context: Context): Promise<number> {
  const { console } = context
  if (command === 'version-mapping') console.out(mappingText(found.get('release-version')?.[0]))
  else if (command === 'feature-dependencies') console.out(found.get('feature')!.map(dependencies).join(''))
  if (command === 'version-mapping' || command === 'feature-dependencies') return exitCode.done
  checkSingleTarget(found, targets)
  const target = targetOf(found)
  if (!target) throw new ArgparseError('You must specify either --bootstrap-controller or --bootstrap-server.')
  return withAdmin(context, target, found.get('command-config')?.[0], async (admin) => {
    if (command === 'describe') return describe(admin, found, context)
    return change(admin, command, found, context)
  })
}

/** The same as kafka-storage tells, which has other words for a level that there is not. */
function dependencies(text: string): string {
  parseLevel(text)
  try {
    return dependencyText(text)
  } catch (error) {
    const [, level, name] =
      /^Feature level (\S+) is not supported for feature (.*)$/.exec((error as Error).message) ?? []
    throw name === undefined ? error : new Error(`No feature:${name} with feature level ${level}`)
  }
}

function mappingText(release: string | undefined): string {
  const level = release === undefined ? latestLevel : levelOf(release, 'ask')
  const others = Array.from(defaultLevels(level), ([name, value]) => `${name}=${value}\n`)
  return `${METADATA_VERSION}=${level} (${releaseOf(level)})\n${others.join('')}`
}

async function describe(admin: Admin, found: Arguments, { console }: Context): Promise<number> {
  const node = found.get('node-id')?.[0]
  if (node !== undefined && !/^[+-]?\d+$/.test(node))
    throw new ArgparseError(`argument --node-id: could not convert '${node}' to Integer (For input string: "${node}")`)
  const { features, epoch } = await admin.describeFeatures(node === undefined ? undefined : Number(node))
  for (const { name, supported, finalized } of features) {
    const level = (value: number | undefined): string =>
      name === METADATA_VERSION && value !== undefined ? (releaseOf(value) ?? `UNKNOWN [${value}]`) : String(value ?? 0)
    const columns = [
      `Feature: ${name}`.padEnd(51),
      `SupportedMinVersion: ${level(supported?.min)}`.padEnd(38),
      `SupportedMaxVersion: ${level(supported?.max)}`.padEnd(38),
      `FinalizedVersionLevel: ${level(finalized)}`.padEnd(40),
      `Epoch: ${epoch ?? '-'}`,
    ]
    console.out(`${columns.join('')}\n`)
  }
  return exitCode.done
}

const verbs = { upgrade: 'upgraded', downgrade: 'downgraded', disable: 'disabled' } as const

async function change(admin: Admin, command: string, found: Arguments, { console }: Context): Promise<number> {
  const verb = command as keyof typeof verbs
  const features = found.get('feature') ?? []
  if (found.has('metadata')) console.out(' `metadata` flag is deprecated and may be removed in a future release.\n')
  const levels = wantedLevels({
    features: verb === 'disable' ? features.map((name) => `${name}=0`) : features,
    release: found.get('release-version')?.[0],
    metadata: found.get('metadata')?.[0],
  })
  if (levels.size === 0) throw new Error(`You must specify at least one feature to ${verb}`)
  const downgrade: FeatureUpdate['change'] = found.has('unsafe') ? 'unsafe-downgrade' : 'safe-downgrade'
  const isDryRun = found.has('dry-run')
  const results = await changeFeatures(admin, levels, verb === 'upgrade' ? 'upgrade' : downgrade, isDryRun)
  for (const result of results) console.out(resultText(result, verb, isDryRun))
  const failures = results.filter(({ error }) => error).length
  if (failures > 0) throw new Error(`${failures} out of ${results.length} operation(s) failed.`)
  return exitCode.done
}

function resultText(
  { feature: name, level, error }: ChangedFeature,
  verb: keyof typeof verbs,
  isDryRun: boolean,
): string {
  const suffix = verb === 'disable' ? '' : ` to ${level}`
  if (error) return `${isDryRun ? 'Can not' : 'Could not'} ${verb} ${name}${suffix}. ${error.message}\n`
  return `${name} ${isDryRun ? 'can be' : 'was'} ${verbs[verb]}${suffix}.\n`
}

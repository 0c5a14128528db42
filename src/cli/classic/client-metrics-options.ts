import { selectorNames } from '../../config/client-metrics.ts'
import { commonOptions, flag, type OptionSpec, takes } from './option-parser.ts'

const selectors = selectorNames.map((name) => `\t${name}\n`).join('')

/** The options of Apache's kafka-client-metrics. */
export const clientMetricsOptions: readonly OptionSpec[] = [
  ...commonOptions,
  takes('bootstrap-server', 'server to connect to', 'REQUIRED: The Kafka server to connect to.'),
  takes(
    'command-config',
    'command config property file',
    'Property file containing configs to be passed to Admin Client.',
  ),
  flag('alter', 'Alter the configuration for the client metrics resource.'),
  flag('delete', 'Delete the configuration for the client metrics resource.'),
  flag('describe', 'List configurations for the client metrics resource.'),
  flag('list', 'List the client metrics resources.'),
  takes('name', 'name', 'Name of client metrics configuration resource.'),
  flag('generate-name', 'Generate a UUID to use as the name.'),
  takes('interval', 'push interval', 'The metrics push interval in milliseconds.\nLeave empty to reset the interval.'),
  takes(
    'match',
    'k1=v1,k2=v2',
    `Matching selector 'k1=v1,k2=v2'. The following is a list of valid selector names: \n${selectors}`,
  ),
  takes('metrics', 'm1,m2', "Telemetry metric name prefixes 'm1,m2'."),
]

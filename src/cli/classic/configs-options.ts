import { configNames } from './configs-names.ts'
import { zooKeeperOption } from './era-options.ts'
import { commonOptions, flag, type OptionSpec, takes } from './option-parser.ts'

const known = Object.entries(configNames)
  .map(([type, names]) => `For entity-type '${type}': \n${names.map((name) => `\t${name}\n`).join('')}`)
  .join('')

/** The options of Apache's kafka-configs. */
export const configsOptions: readonly OptionSpec[] = [
  ...commonOptions,
  zooKeeperOption,
  takes('bootstrap-server', 'server to connect to', 'The Kafka servers to connect to.'),
  takes('bootstrap-controller', 'controller to connect to', 'The Kafka controllers to connect to.'),
  takes(
    'command-config',
    'command config property file',
    'Property file containing configs to be passed to Admin Client. This is used only with --bootstrap-server option for describing and altering broker configs.',
  ),
  flag('alter', 'Alter the configuration for the entity.'),
  flag('describe', 'List configs for the given entity.'),
  flag('all', 'List all configs for the given entity, including static configs if available.'),
  takes('entity-type', '', 'Type of entity (topics/clients/users/brokers/broker-loggers/ips/client-metrics/groups)'),
  takes(
    'entity-name',
    '',
    'Name of entity (topic name/client id/user principal name/broker id/ip/client metrics/group id)',
  ),
  flag('entity-default', 'Default entity name for clients/users/brokers/ips (applies to corresponding entity type)'),
  takes(
    'add-config',
    '',
    `Key Value pairs of configs to add. Square brackets can be used to group values which contain commas: 'k1=v1,k2=[v1,v2,v2],k3=v3'. The following is a list of valid configurations: ${known}Entity types 'users' and 'clients' may be specified together to update config for clients of a specific user.`,
  ),
  takes(
    'add-config-file',
    '',
    'Path to a properties file with configs to add. See add-config for a list of valid configurations.',
  ),
  takes('delete-config', '', "config keys to remove 'k1,k2'"),
  takes('topic', '', "The topic's name."),
  takes('client', '', "The client's ID."),
  flag('client-defaults', 'The config defaults for all clients.'),
  takes('user', '', "The user's principal name."),
  flag('user-defaults', 'The config defaults for all users.'),
  takes('broker', '', "The broker's ID."),
  flag('broker-defaults', 'The config defaults for all brokers.'),
  takes('broker-logger', '', "The broker's ID for its logger config."),
  takes('ip', '', 'The IP address.'),
  flag('ip-defaults', 'The config defaults for all IPs.'),
  takes('client-metrics', '', 'The client metrics config resource name.'),
  takes('group', '', "The group's ID."),
]

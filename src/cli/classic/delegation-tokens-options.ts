import { commonOptions, flag, type OptionSpec, takes } from './option-parser.ts'

const optional = { required: false } as const
const period = { required: false, type: 'Long' } as const

/** The options of Apache's kafka-delegation-tokens. */
export const delegationTokensOptions: readonly OptionSpec[] = [
  ...commonOptions,
  takes('bootstrap-server', '', 'REQUIRED: server(s) to use for bootstrapping.'),
  takes(
    'command-config',
    '',
    'REQUIRED: A property file containing configs to be passed to Admin Client. Token management operations are allowed in secure mode only. This config file is used to pass security related configs.',
  ),
  flag('create', 'Create a new delegation token. Use --renewer-principal option to pass renewer principals.'),
  flag('renew', 'Renew delegation token. Use --renew-time-period option to set renew time period.'),
  flag('expire', 'Expire delegation token. Use --expiry-time-period option to expire the token.'),
  flag(
    'describe',
    'Describe delegation tokens for the given principals. Use --owner-principal to pass owner/renewer principals. If --owner-principal option is not supplied, all the user-owned tokens and tokens where the user has Describe permissions will be returned.',
  ),
  takes('owner-principal', '', 'owner is a Kafka principal. They should be in principalType:name format.', optional),
  takes(
    'renewer-principal',
    '',
    'renewer is a Kafka principal. They should be in principalType:name format.',
    optional,
  ),
  takes(
    'max-life-time-period',
    '',
    'Max life period for the token in milliseconds. If the value is -1, then token max life time will default to the server side config value of (delegation.token.max.lifetime.ms).',
    period,
  ),
  takes(
    'renew-time-period',
    '',
    'Renew time period in milliseconds. If the value is -1, then the renew time period will default to the server side config value of (delegation.token.expiry.time.ms).',
    period,
  ),
  takes(
    'expiry-time-period',
    '',
    'Expiry time period in milliseconds. If the value is -1, then the token will get invalidated immediately.',
    period,
  ),
  takes('hmac', '', 'HMAC of the delegation token', optional),
]

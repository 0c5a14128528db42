import { commonOptions, flag, type OptionSpec, takes } from './option-parser.ts'

/** The options of Apache's kafka-acls. */
export const aclsOptions: readonly OptionSpec[] = [
  ...commonOptions,
  takes(
    'bootstrap-server',
    'server to connect to',
    'A list of host/port pairs to use for establishing the connection to the Kafka cluster. This list should be in the form host1:port1,host2:port2,... This config is required for acl management using admin client API.',
  ),
  takes(
    'bootstrap-controller',
    'controller to connect to',
    'A list of host/port pairs to use for establishing the connection to the Kafka cluster. This list should be in the form host1:port1,host2:port2,... This config is required for acl management using admin client API.',
  ),
  takes('command-config', 'command-config', 'A property file containing configs to be passed to Admin Client.', {
    required: false,
  }),
  takes(
    'topic',
    'topic',
    "topic to which ACLs should be added or removed. A value of '*' indicates ACL should apply to all topics.",
  ),
  flag('cluster', 'Add/Remove cluster ACLs.'),
  takes(
    'group',
    'group',
    "Consumer Group to which the ACLs should be added or removed. A value of '*' indicates the ACLs should apply to all groups.",
  ),
  takes(
    'transactional-id',
    'transactional-id',
    "The transactionalId to which ACLs should be added or removed. A value of '*' indicates the ACLs should apply to all transactionalIds.",
  ),
  flag(
    'idempotent',
    'Enable idempotence for the producer. This should be used in combination with the --producer option. Note that idempotence is enabled automatically if the producer is authorized to a particular transactional-id.',
  ),
  takes(
    'delegation-token',
    'delegation-token',
    "Delegation token to which ACLs should be added or removed. A value of '*' indicates ACL should apply to all tokens.",
  ),
  takes(
    'resource-pattern-type',
    '',
    "The type of the resource pattern or pattern filter. When adding acls, this should be a specific pattern type, e.g. 'literal' or 'prefixed'. When listing or removing acls, a specific pattern type can be used to list or remove acls from specific resource patterns, or use the filter values of 'any' or 'match', where 'any' will match any pattern type, but will match the resource name exactly, where as 'match' will perform pattern matching to list or remove all acls that affect the supplied resource(s). WARNING: 'match', when used in combination with the '--remove' switch, should be used with care.",
    { choices: ['ANY', 'MATCH', 'LITERAL', 'PREFIXED'], separator: '|', fallback: 'LITERAL' },
  ),
  flag('add', 'Indicates you are trying to add ACLs.'),
  flag('remove', 'Indicates you are trying to remove ACLs.'),
  flag(
    'list',
    'List ACLs for the specified resource, use --topic <topic> or --group <group> or --cluster to specify a resource.',
  ),
  takes(
    'operation',
    '',
    'Operation that is being allowed or denied. Valid operation names are: \n\tAlter\n\tIdempotentWrite\n\tCreateTokens\n\tRead\n\tDescribeTokens\n\tAll\n\tCreate\n\tDescribe\n\tTwoPhaseCommit\n\tClusterAction\n\tWrite\n\tDescribeConfigs\n\tDelete\n\tAlterConfigs\n',
    { fallback: 'All' },
  ),
  takes(
    'allow-principal',
    'allow-principal',
    "principal is in principalType:name format. Note that principalType must be supported by the Authorizer being used. For example, User:'*' is the wild card indicating all users.",
  ),
  takes(
    'deny-principal',
    'deny-principal',
    "principal is in principalType:name format. By default anyone not added through --allow-principal is denied access. You only need to use this option as negation to already allowed set. Note that principalType must be supported by the Authorizer being used. For example if you wanted to allow access to all users in the system but not test-user you can define an ACL that allows access to User:'*' and specify --deny-principal=User:test@EXAMPLE.COM. AND PLEASE REMEMBER DENY RULES TAKES PRECEDENCE OVER ALLOW RULES.",
  ),
  takes(
    'principal',
    'principal',
    'List ACLs for the specified principal. principal is in principalType:name format. Note that principalType must be supported by the Authorizer being used. Multiple --principal option can be passed.',
    { required: false },
  ),
  takes(
    'allow-host',
    'allow-host',
    "Host from which principals listed in --allow-principal will have access. If you have specified --allow-principal then the default for this option will be set to '*' which allows access from all hosts.",
  ),
  takes(
    'deny-host',
    'deny-host',
    "Host from which principals listed in --deny-principal will be denied access. If you have specified --deny-principal then the default for this option will be set to '*' which denies access from all hosts.",
  ),
  flag(
    'producer',
    'Convenience option to add/remove ACLs for producer role. This will generate ACLs that allows WRITE,DESCRIBE and CREATE on topic.',
  ),
  flag(
    'consumer',
    'Convenience option to add/remove ACLs for consumer role. This will generate ACLs that allows READ,DESCRIBE on topic and READ on group.',
  ),
  flag('force', 'Assume Yes to all queries and do not prompt.'),
  takes(
    'user-principal',
    'user-principal',
    'Specifies a user principal as a resource in relation with the operation. For instance one could grant CreateTokens or DescribeTokens permission on a given user principal.',
  ),
]

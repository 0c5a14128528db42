/** The help texts of Apache's kafka-cluster, by command; the empty name is the tool itself. */
export const clusterHelp: Readonly<Record<string, string>> = {
  '': `usage: kafka-cluster [-h] {cluster-id,unregister,list-endpoints} ...

The Kafka cluster tool.

positional arguments:
  {cluster-id,unregister,list-endpoints}
    cluster-id           Get information about the ID of a cluster.
    unregister           Unregister a broker.
    list-endpoints       List endpoints

optional arguments:
  -h, --help             show this help message and exit
`,
  'cluster-id': `usage: kafka-cluster cluster-id [-h] [--config CONFIG]
                     [--command-config COMMAND_CONFIG]
                     (--bootstrap-server BOOTSTRAP_SERVER |
                     --bootstrap-controller BOOTSTRAP_CONTROLLER)

optional arguments:
  -h, --help             show this help message and exit
  --bootstrap-server BOOTSTRAP_SERVER, -b BOOTSTRAP_SERVER
                         A list of host/port pairs  to use for establishing
                         the connection to the Kafka cluster.
  --bootstrap-controller BOOTSTRAP_CONTROLLER, -C BOOTSTRAP_CONTROLLER
                         A list of host/port pairs  to use for establishing
                         the connection to the KRaft controllers.
  --config CONFIG        (DEPRECATED)   A    property    file    containing
                         configurations for the  Admin  client. This option
                         will be  removed  in  a  future  version.  Use  --
                         command-config instead.
  --command-config COMMAND_CONFIG, -c COMMAND_CONFIG
                         Config properties file for the Admin client.
`,
  'list-endpoints': `usage: kafka-cluster list-endpoints [-h] [--config CONFIG]
                     [--command-config COMMAND_CONFIG]
                     [--include-fenced-brokers]
                     (--bootstrap-server BOOTSTRAP_SERVER |
                     --bootstrap-controller BOOTSTRAP_CONTROLLER)

optional arguments:
  -h, --help             show this help message and exit
  --bootstrap-server BOOTSTRAP_SERVER, -b BOOTSTRAP_SERVER
                         A list of host/port pairs  to use for establishing
                         the connection to the Kafka cluster.
  --bootstrap-controller BOOTSTRAP_CONTROLLER, -C BOOTSTRAP_CONTROLLER
                         A list of host/port pairs  to use for establishing
                         the connection to the KRaft controllers.
  --config CONFIG        (DEPRECATED)   A    property    file    containing
                         configurations for the  Admin  client. This option
                         will be  removed  in  a  future  version.  Use  --
                         command-config instead.
  --command-config COMMAND_CONFIG, -c COMMAND_CONFIG
                         Config properties file for the Admin client.
  --include-fenced-brokers
                         Whether to  include  fenced  brokers  when listing
                         broker endpoints
`,
  unregister: `usage: kafka-cluster unregister [-h] [--config CONFIG]
                     [--command-config COMMAND_CONFIG] --id ID
                     (--bootstrap-server BOOTSTRAP_SERVER |
                     --bootstrap-controller BOOTSTRAP_CONTROLLER)

optional arguments:
  -h, --help             show this help message and exit
  --bootstrap-server BOOTSTRAP_SERVER, -b BOOTSTRAP_SERVER
                         A list of host/port pairs  to use for establishing
                         the connection to the Kafka cluster.
  --bootstrap-controller BOOTSTRAP_CONTROLLER, -C BOOTSTRAP_CONTROLLER
                         A list of host/port pairs  to use for establishing
                         the connection to the KRaft controllers.
  --config CONFIG        (DEPRECATED)   A    property    file    containing
                         configurations for the  Admin  client. This option
                         will be  removed  in  a  future  version.  Use  --
                         command-config instead.
  --command-config COMMAND_CONFIG, -c COMMAND_CONFIG
                         Config properties file for the Admin client.
  --id ID, -i ID         The ID of the broker to unregister.
`,
}

/** The help of Apache's kafka-verifiable-share-consumer, with its library's justified lines. */
export const verifiableShareConsumerHelp = `usage: verifiable-share-consumer
       [-h] --topic TOPIC --group-id GROUP-ID
       [--max-messages MAX-MESSAGES] [--verbose]
       [--acknowledgement-mode ACKNOWLEDGEMENT-MODE]
       [--offset-reset-strategy OFFSET-RESET-STRATEGY]
       [--command-config CONFIG-FILE]
       --bootstrap-server HOST1:PORT1[,HOST2:PORT2[...]]

This tool creates a  share  group  and  consumes  messages  from a specific
topic and  emits  share  consumer  events  (e.g.  share  consumer  startup,
received messages, and offsets acknowledged) as JSON objects to STDOUT.

optional arguments:
  -h, --help             show this help message and exit
  --topic TOPIC          Consumes messages from this topic.
  --group-id GROUP-ID    The group id of the share group
  --max-messages MAX-MESSAGES
                         Consume this many messages.  If  -1 (the default),
                         the  share  consumers   will   consume  until  the
                         process is killed externally (default: -1)
  --verbose              Enable  to   log   individual   consumed   records
                         (default: false)
  --acknowledgement-mode ACKNOWLEDGEMENT-MODE
                         Acknowledgement  mode  for   the  share  consumers
                         (must  be  either   'auto',   'sync'  or  'async')
                         (default: auto)
  --offset-reset-strategy OFFSET-RESET-STRATEGY
                         Share group offset reset  strategy (must be either
                         'earliest' or 'latest') (default: )
  --command-config CONFIG-FILE
                         Config  properties  file  (config  options  shared
                         with command line parameters will be overridden).

Connection Group:
  Group of arguments for connection to brokers

  --bootstrap-server HOST1:PORT1[,HOST2:PORT2[...]]
                         The server(s) to connect  to. Comma-separated list
                         of Kafka brokers  in  the  form HOST1:PORT1,HOST2:
                         PORT2,...
`

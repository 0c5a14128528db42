/** The Apache Kafka release whose commands, protocol and formats these are; `--version` prints it as Apache's tools do. */
export const KAFKA_VERSION = '4.3.1'

/** The house (docs/ARCHITECTURE.md): imports go down only, `import type` included. */
const layers = ['std', 'runtime', 'protocol', 'config', 'network', 'zookeeper', 'client', 'streams', 'connect', 'server', 'tools', 'cli', 'commands']

const forbid = (name, comment, from, to) => ({ name, comment, severity: 'error', from: { path: from }, to: { path: to } })

module.exports = {
  forbidden: [
    { name: 'no-circular', comment: 'A circle has no bottom to read from.', severity: 'error', from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } } },
    forbid('std-is-the-ground', 'std/ knows nothing of Kafka.', '^src/std/', '^src/(?!std/)'),
    forbid('runtime-is-low', 'runtime/ stands on std/ only.', '^src/runtime/', '^src/(?!std/|runtime/)'),
    forbid('protocol-is-pure', 'protocol/ turns bytes into values and back, and needs no world.', '^src/protocol/', '^src/(?!std/|protocol/)'),
    forbid('config-is-low', 'config/ stands on protocol/ and below.', '^src/config/', '^src/(?!std/|runtime/|protocol/|config/)'),
    forbid('network-is-low', 'network/ stands on config/ and below.', '^src/network/', '^src/(?!std/|runtime/|protocol/|config/|network/)'),
    forbid('zookeeper-is-low', 'zookeeper/ stands on network/ and below: brokers and tools come to it.', '^src/zookeeper/', '^src/(?!std/|runtime/|protocol/|config/|network/|zookeeper/)'),
    forbid('client-knows-no-server', 'client/ works on any cluster.', '^src/client/', '^src/(?!std/|runtime/|protocol/|config/|network/|client/)'),
    forbid('connect-stands-on-the-client', 'connect/ works on any cluster, by the client alone.', '^src/connect/', '^src/(?!std/|runtime/|protocol/|config/|network/|client/|connect/)'),
    forbid('streams-on-the-client', 'streams/ works on any cluster, through the client alone.', '^src/streams/', '^src/(?!std/|runtime/|protocol/|config/|network/|client/|streams/)'),
    forbid('server-alone', 'server/ may use client/node.ts and below, nothing above.', '^src/server/', '^src/(?!std/|runtime/|protocol/|config/|network/|zookeeper/|server/|client/node)'),
    forbid('tools-know-no-server', 'Tools work through the client; only those that read or format a log directory know the server\'s files.', '^src/tools/(?!dump-log|storage|metadata-shell)', '^src/(server|cli|commands)/'),
    forbid('cli-below-commands', 'cli/ is what commands are made of.', '^src/cli/(?!serve)', '^src/(commands|server)/'),
    forbid('commands-do-not-load-the-server', 'Only those that start or format a node may.', '^src/commands/(?!server-start|storage)', '^src/server/'),
    forbid('storage-is-low', 'A log knows nothing of the cluster.', '^src/server/storage/', '^src/server/(?!storage/)'),
    forbid('metadata-is-low', 'The image stands on storage/ types only.', '^src/server/metadata/', '^src/server/(?!metadata/|storage/)'),
    forbid('machine-is-low', 'The pattern knows none of its machines.', '^src/server/machine/', '^src/server/(?!machine/)'),
    forbid('replication-below-broker', 'Partitions do not know who asks for them.', '^src/server/replication/', '^src/server/(broker|controller|coordinator)/'),
    forbid('nobody-imports-the-broker', 'broker/ assembles; nothing below looks up.', '^src/server/(?!broker/|index)', '^src/server/broker/'),
    forbid('node-only-at-the-edge', 'The real world is handed in by the edge.', '^src/(?!runtime/|commands/|cli/|index\\.ts)', '^src/runtime/node/'),
  ],
  options: { tsPreCompilationDeps: true, doNotFollow: { path: 'node_modules' }, enhancedResolveOptions: { extensions: ['.ts', '.js'] } },
}

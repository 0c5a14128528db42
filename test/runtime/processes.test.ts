import { expect, it } from 'vitest'
import { readWindowsList } from '../../src/runtime/node/processes.ts'

it('reads the processes of Windows', () => {
  const text =
    '0 \r\n4 \r\n812 "C:\\Program Files\\nodejs\\node.exe" "C:\\my kafka\\bin\\kafka-server-start.js" config\\server.properties\r\n\r\n'
  expect(readWindowsList(text)).toEqual([
    {
      pid: 812,
      args: [
        'C:\\Program Files\\nodejs\\node.exe',
        'C:\\my kafka\\bin\\kafka-server-start.js',
        'config\\server.properties',
      ],
      folder: undefined,
    },
  ])
})

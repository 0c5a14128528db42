import { Hono } from 'hono'
import { CONNECT_VERSION } from '../connectors/surroundings.ts'
import { converterNames, headerConverterNames } from '../converters/make-converter.ts'
import { badRequest } from '../worker/request-error.ts'
import type { Toolbox } from '../worker/toolbox.ts'
import { keyInfo, validation } from './answers.ts'
import { readConfig } from './bodies.ts'

const version = CONNECT_VERSION

/** `/connector-plugins` and what is below. */
export function pluginRoutes(toolbox: Toolbox): Hono {
  const app = new Hono()
  app.get('/connector-plugins', (c) => {
    const connectors = toolbox
      .listPlugins()
      .map(({ className, kind, version: own }) => ({ class: className, type: kind, version: own }))
    return c.json(
      c.req.query('connectorsOnly') === 'false' ? [...connectors, ...stages(toolbox), ...converters()] : connectors,
    )
  })
  app.get('/connector-plugins/:plugin/config', (c) => c.json(toolbox.pluginKeys(c.req.param('plugin')).map(keyInfo)))
  app.put('/connector-plugins/:plugin/config/validate', async (c) => {
    const plugin = c.req.param('plugin')
    const config = await readConfig(c)
    const named = config['connector.class'] ?? plugin
    if (simple(named) !== simple(plugin))
      throw badRequest(`Included connector type ${named} does not match request type ${plugin}`)
    return c.json(validation(named, toolbox.validate({ ...config, 'connector.class': named })))
  })
  return app
}

const simple = (className: string): string => className.replace(/^.*\./, '').replace(/Connector$/, '')

const stages = (toolbox: Toolbox) => {
  const { transformations, predicates } = toolbox.stages()
  return [
    ...transformations.all.map((plugin) => ({
      class: plugin.className,
      type: 'transformation',
      version: plugin.version,
    })),
    ...predicates.all.map((plugin) => ({ class: plugin.className, type: 'predicate', version: plugin.version })),
  ]
}

const converters = () => [
  ...converterNames.map((name) => ({ class: name, type: 'converter', version })),
  ...headerConverterNames.map((name) => ({ class: name, type: 'header_converter', version })),
]

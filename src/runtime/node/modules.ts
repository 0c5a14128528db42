import path from 'node:path'
import { pathToFileURL } from 'node:url'

/** `import` itself: a bundler would turn it into a `require`, which on Node 20 loads no ES module. */
const importModule = new Function('url', 'return import(url)') as (url: string) => Promise<Record<string, unknown>>

/** Loads a module of JavaScript by its path and gives what it exports. */
export const loadModule = (file: string): Promise<Readonly<Record<string, unknown>>> =>
  importModule(pathToFileURL(path.resolve(file)).href)

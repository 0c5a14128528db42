import Module from 'node:module'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

type Import = (url: string) => Promise<Record<string, unknown>>

/** What Node has and its types leave out: compiles the text of a CommonJS module. */
interface Compiling {
  readonly exports: unknown
  _compile(text: string, file: string): void
}

let importModule: Import | undefined

/**
 * `import` in a module of its own. In the program's script it would be none: a bundler makes it a `require`, which on Node 20 loads no ES
 * module, and a script whose compiled code was kept has no `import` at all.
 */
function makeImport(): Import {
  const file = path.resolve('import.cjs')
  const made = new Module(file) as unknown as Compiling
  made._compile('module.exports = (url) => import(url)', file)
  return made.exports as Import
}

/** Loads a module of JavaScript by its path and gives what it exports. */
export const loadModule = (file: string): Promise<Readonly<Record<string, unknown>>> =>
  (importModule ??= makeImport())(pathToFileURL(path.resolve(file)).href)

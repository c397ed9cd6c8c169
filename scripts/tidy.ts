/**
 * Our own rules as a test (tests/tidy.test.ts): what no linter we use can say. Every banned thing names what to use
 * instead. A rule is a function from one file to its faults; `kindOf` decides which rules a file is held to:
 *
 * - published: sources that users install (packages/<name>/src, migrations/src)
 * - source: other sources of ours (tools, examples, scripts)
 * - test: everything a test runner loads
 */
import { execFileSync } from 'node:child_process'
import { lstatSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'

export interface SourceText {
  /** From the root of the repository, with `/`. */
  readonly path: string
  readonly text: string
}

type Kind = 'published' | 'source' | 'test'
type Report = (node: ts.Node, message: string) => void
type Rule = (node: ts.Node, report: Report, path: string) => void

const longestFile = 300
const longestMedian = 100
const longestFunction = 70
const mostParameters = 4
const clockFile = 'packages/core/src/clock.ts'

/** What is wrong with one file, as `path:line message`. */
export function faultsOf(source: SourceText): string[] {
  const faults = textFaults(source)
  const kind = kindOf(source.path)
  if (!/\.[cm]?tsx?$/.test(source.path) || /\.d\.[cm]?ts$/.test(source.path) || !kind) return faults
  const file = ts.createSourceFile(source.path, source.text, ts.ScriptTarget.Latest, true)
  const report: Report = (node, message) => {
    const { line } = file.getLineAndCharacterOfPosition(node.getStart(file))
    faults.push(`${source.path}:${line + 1} ${message}`)
  }
  const lines = countLines(source.text)
  if (kind !== 'test' && lines > longestFile)
    faults.push(`${source.path}:1 ${lines} lines, at most ${longestFile}: move one idea to a file of its own`)
  const visit = (node: ts.Node): void => {
    for (const rule of rules[kind]) rule(node, report, source.path)
    ts.forEachChild(node, visit)
  }
  visit(file)
  return faults
}

/** Folders whose median source file is too long to read at one sitting. */
export function medianFaults(sources: readonly SourceText[]): string[] {
  const rooms = new Map<string, number[]>()
  for (const { path, text } of sources) {
    const room = /^((?:packages|tools|examples)\/[^/]+|migrations)\/src\/.*\.ts$/.exec(path)?.[1]
    if (room) rooms.set(room, [...(rooms.get(room) ?? []), countLines(text)])
  }
  return [...rooms].flatMap(([room, lengths]) => {
    const median = lengths.sort((a, b) => a - b)[lengths.length >> 1] ?? 0
    if (median <= longestMedian) return []
    return [`${room} median file has ${median} lines, at most ${longestMedian}: one idea a file`]
  })
}

/** Every text file git tracks, or would track after `git add`. */
export function repositorySources(root: string): SourceText[] {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  return [...new Set(listed.split('\0'))].filter(isFile).flatMap(path => {
    const text = readFileSync(join(root, path), 'utf8')
    return text.includes('\0') ? [] : [{ path, text }]
  })

  function isFile(path: string): boolean {
    return path !== '' && (lstatSync(join(root, path), { throwIfNoEntry: false })?.isFile() ?? false)
  }
}

function kindOf(path: string): Kind | undefined {
  if (/(^|\/)tests?\//.test(path)) return 'test'
  if (/^(packages\/[^/]+|migrations)\/src\//.test(path)) return 'published'
  return /^(tools|examples|scripts|benchmarks)\//.test(path) ? 'source' : undefined
}

function countLines(text: string): number {
  return text.split('\n').length - (text.endsWith('\n') ? 1 : 0)
}

// Rules over text: any file, whatever its language.

const machinePath = /(?<![\w.)~-])\/(?:work|root|home\/\w+)\//
const registryHost =
  /\bregistry\.[\w.-]+\.(?:com|org|net|io|dev)\b|https?:\/\/[^\s/]*(?:artifactory|verdaccio|nexus)/
const unfinished = /\b(?:TODO|FIXME|HACK)\b/
const silencer = /@ts-(?:ignore|nocheck)|biome-ignore|eslint-disable|istanbul ignore|prettier-ignore/

function textFaults({ path, text }: SourceText): string[] {
  const faults: string[] = []
  text.split('\n').forEach((line, index) => {
    const at = `${path}:${index + 1}`
    if (machinePath.test(line))
      faults.push(`${at} a path of one machine: use a relative path or a temp directory`)
    if (registryHost.test(line))
      faults.push(`${at} the host of a registry: name the package, npm knows where`)
  })
  for (const { line, comment } of commentsOf(path, text)) {
    const at = `${path}:${line}`
    const word = unfinished.exec(comment)?.[0]
    if (word) faults.push(`${at} ${word} is banned: finish it, or open an issue and do not export it`)
    const silenced = silencer.exec(comment)?.[0]
    if (silenced) faults.push(`${at} ${silenced} is banned: change the code until the check agrees`)
  }
  return faults
}

function* commentsOf(path: string, text: string): Generator<{ line: number; comment: string }> {
  if (/\.(?:[cm]?[jt]sx?)$/.test(path)) {
    const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
    for (const { pos, end } of commentRanges(file))
      yield { line: file.getLineAndCharacterOfPosition(pos).line + 1, comment: text.slice(pos, end) }
    return
  }
  if (!/\.(?:sql|ya?ml|sh|toml|lua)$/.test(path) && !/(^|\/)\.ci\//.test(path)) return
  for (const [index, line] of text.split('\n').entries()) {
    const comment = /(?:^|\s)(?:--|#)\s.*/.exec(line)?.[0]
    if (comment) yield { line: index + 1, comment }
  }
}

/** Every comment once: comments are the trivia before tokens, so walking the tokens finds them all. */
function commentRanges(file: ts.SourceFile): ts.CommentRange[] {
  const found = new Map<number, ts.CommentRange>()
  const visit = (node: ts.Node): void => {
    const children = node.getChildren(file)
    children.forEach(visit)
    if (children.length > 0) return
    const before = ts.getLeadingCommentRanges(file.text, node.pos) ?? []
    const after = ts.getTrailingCommentRanges(file.text, node.end) ?? []
    for (const range of node.kind === ts.SyntaxKind.JsxText ? [] : [...before, ...after])
      found.set(range.pos, range)
  }
  visit(file)
  return [...found.values()]
}

// Rules over syntax: one node at a time.

const functionSize: Rule = (node, report) => {
  if (!ts.isFunctionLike(node)) return
  const positional = node.parameters.filter(({ name }) => name.getText() !== 'this').length
  if (positional > mostParameters)
    report(node, `${positional} positional parameters, at most ${mostParameters}: take an object`)
  if (!('body' in node) || !node.body || isHeading(node)) return
  const file = node.getSourceFile()
  const lineAt = (position: number) => file.getLineAndCharacterOfPosition(position).line
  const lines = lineAt(node.getEnd()) - lineAt(node.getStart(file)) + 1
  if (lines > longestFunction)
    report(node, `a function of ${lines} lines, at most ${longestFunction}: name its parts`)
}

/** The callback of a `describe`: a heading over tests, not a thing that runs step by step. */
function isHeading({ parent }: ts.Node): boolean {
  return ts.isCallExpression(parent) && /(^|\.)describe(\.each\b.*)?$/s.test(parent.expression.getText())
}

const documentedOptions: Rule = (node, report) => {
  if (!ts.isInterfaceDeclaration(node) && !ts.isTypeAliasDeclaration(node)) return
  if (!/(?:Options|Config)$/.test(node.name.text) || !isExported(node)) return
  const visit = (child: ts.Node): void => {
    if (ts.isPropertySignature(child)) checkOption(child, report)
    if (!ts.isFunctionTypeNode(child)) ts.forEachChild(child, visit)
  }
  ts.forEachChild(node, visit)
}

const impliedUnit = /Ms$|Bytes$|Seconds$|^(?:port|seed)$/
const statedUnit =
  /\b(?:ms|milliseconds?|seconds?|minutes?|bytes?|[kmg]b|bits?|share|fraction|ratio|percent|probability|factor|how many|how often|number of|count|most|times|attempts?|tries|entries|keys|rows|queries|statements|calls|connections|clients|requests|failures|characters|levels?|version|port|digits)\b/i

function checkOption(option: ts.PropertySignature, report: Report): void {
  const type = option.type?.getText() ?? ''
  if (/^(?:never|undefined)$/.test(type)) return
  const name = option.name.getText()
  const doc = ts
    .getJSDocCommentsAndTags(option)
    .map(part => part.getText())
    .join('\n')
  if (doc === '') report(option, `option ${name} has no doc comment: say what, range, unit and default`)
  else if (option.questionToken && !/\bDefaults?\b/.test(doc))
    report(option, `option ${name} states no default: write "Default …" in its doc comment`)
  if (/\bnumber\b/.test(type) && !impliedUnit.test(name) && !statedUnit.test(doc))
    report(option, `option ${name} is a number without a unit: use Duration or ByteSize, or name the unit`)
}

function isExported(node: ts.Node): boolean {
  return ts.canHaveModifiers(node) && hasModifier(node, ts.SyntaxKind.ExportKeyword)
}

function hasModifier(node: ts.HasModifiers, kind: ts.SyntaxKind): boolean {
  return ts.getModifiers(node)?.some(modifier => modifier.kind === kind) ?? false
}

const timers: Record<string, string> = {
  setTimeout: 'clock.sleep(ms, { signal })',
  setInterval: 'a loop over clock.sleep(ms, { signal })',
}

const timeOnlyByClock: Rule = (node, report, path) => {
  if (path === clockFile) return
  const ban = (what: string, instead: string) => report(node, `${what} is banned: use ${instead} of Clock`)
  if (ts.isNewExpression(node) && node.expression.getText() === 'Date' && !node.arguments?.length)
    ban('new Date()', 'clock.now()')
  if (!ts.isCallExpression(node)) return
  const callee = node.expression.getText().replace(/^globalThis\./, '')
  if (callee === 'Date.now' || callee === 'performance.now') ban(`${callee}()`, 'clock.now()')
  const timer = Object.hasOwn(timers, callee) ? timers[callee] : undefined
  if (timer) ban(`${callee}()`, timer)
}

const builtIn =
  /^(?:Error|AggregateError|Array|ArrayBuffer|Buffer|DataView|Date|Function|Map|Object|Promise|RegExp|Set|SharedArrayBuffer|URL|WeakMap|WeakSet|(?:Big)?(?:Int|Uint|Float)\d+(?:Clamped)?Array)$/

const noInstanceof: Rule = (node, report) => {
  if (!ts.isBinaryExpression(node) || node.operatorToken.kind !== ts.SyntaxKind.InstanceOfKeyword) return
  const type = node.right.getText()
  if (/Error$/.test(type))
    report(node, `instanceof ${type} is banned: use isGreenlangError(error, code), error.code or util.types`)
  else if (builtIn.test(type))
    report(node, `instanceof ${type} is banned: use util.types, Array.isArray or the members you need`)
}

const noConsole: Rule = (node, report) => {
  if (ts.isPropertyAccessExpression(node) && node.expression.getText() === 'console')
    report(node, `console.${node.name.text} is banned: send an event to the observer`)
}

const handWrittenExports: Rule = (node, report) => {
  const isDefault =
    ts.isExportAssignment(node) ||
    (ts.canHaveModifiers(node) && hasModifier(node, ts.SyntaxKind.DefaultKeyword))
  if (isDefault) report(node, 'export default is banned: export it by name')
  if (ts.isExportDeclaration(node) && !(node.exportClause && ts.isNamedExports(node.exportClause)))
    report(node, 'export * is banned: list the exports by hand')
  if (ts.isClassDeclaration(node) && isExported(node) && !node.name?.text.endsWith('Error'))
    report(node, `exported class ${node.name?.text ?? ''} is banned: export a factory and an interface`)
}

const noSkippedTest: Rule = (node, report) => {
  if (ts.isPropertyAccessExpression(node)) {
    const name = node.getText().replaceAll(/\s/g, '')
    if (/(^|\.)(?:it|test|describe)\.(?:(?:concurrent|each)\.)?(?:skip|only|todo|failing)$/.test(name))
      report(node, `${name} is banned: make the test pass, or delete it`)
    if (name === 'jest.retryTimes') report(node, 'jest.retryTimes is banned: find why it fails at times')
  }
  if (!ts.isCallExpression(node) || !ts.isIdentifier(node.expression)) return
  if (/^(?:[xf]it|[xf]describe|xtest)$/.test(node.expression.text))
    report(node, `${node.expression.text} is banned: make the test pass, or delete it`)
}

const noSleepForLuck: Rule = (node, report) => {
  const slept = ts.isAwaitExpression(node)
    ? /^systemClock\.sleep\(/.test(node.expression.getText())
    : isSleep(node)
  if (slept && !isInsidePoll(node))
    report(node, 'sleeping in a test is banned: use fakeClock(), an event, or until() with a deadline')
}

/** `new Promise(resolve => setTimeout(resolve, 50))`, or `setTimeout(50)` of node:timers/promises. */
function isSleep(node: ts.Node): boolean {
  if (ts.isCallExpression(node) && node.expression.getText() === 'setTimeout') {
    const first = node.arguments[0]
    return ts.isAwaitExpression(node.parent) || (first !== undefined && ts.isNumericLiteral(first))
  }
  if (!ts.isNewExpression(node) || node.expression.getText() !== 'Promise') return false
  const executor = node.arguments?.[0]
  if (!executor || !ts.isArrowFunction(executor)) return false
  const resolve = executor.parameters[0]?.name.getText() ?? ''
  return new RegExp(`\\bsetTimeout\\(\\s*${resolve.replaceAll('$', '\\$')}\\b`).test(executor.body.getText())
}

function isInsidePoll(node: ts.Node): boolean {
  for (let at = node.parent; at; at = at.parent)
    if (ts.isFunctionDeclaration(at) && /^(?:until|poll)/.test(at.name?.text ?? '')) return true
  return false
}

const everywhere = [functionSize, noSkippedTest]
const rules: Record<Kind, readonly Rule[]> = {
  published: [...everywhere, documentedOptions, timeOnlyByClock, noInstanceof, noConsole, handWrittenExports],
  source: [...everywhere, documentedOptions],
  test: [...everywhere, noSleepForLuck],
}

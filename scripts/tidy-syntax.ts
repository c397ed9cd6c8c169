/** The rules of tidy.ts that look at syntax: at one node at a time, with what to use instead of it. */
import ts from 'typescript'

export type Kind = 'published' | 'source' | 'test'
export type Report = (node: ts.Node, message: string) => void
export type Rule = (node: ts.Node, report: Report, context: Context) => void

export interface Context {
  readonly path: string
  /** Whether the package exports that name. */
  readonly isPublic: (name: string) => boolean
}

const longestFunction = 70
const mostParameters = 4
/** Where real time is read, and where that is tested. */
const clockFile = 'packages/core/src/clock.ts'
const clockTest = 'packages/core/test/clock.test.ts'

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

const documentedOptions: Rule = (node, report, { isPublic }) => {
  if (!ts.isInterfaceDeclaration(node) && !ts.isTypeAliasDeclaration(node)) return
  if (!/(?:Options|Config)$/.test(node.name.text) || !isPublic(node.name.text)) return
  const visit = (child: ts.Node): void => {
    if (ts.isPropertySignature(child) && !ts.isComputedPropertyName(child.name)) checkOption(child, report)
    if (!ts.isFunctionTypeNode(child)) ts.forEachChild(child, visit)
  }
  ts.forEachChild(node, visit)
}

const impliedUnit = /Ms$|Bytes$|Seconds$|^(?:port|seed)$/
const statedUnit =
  /\b(?:ms|milliseconds?|seconds?|minutes?|bytes?|[kmg]b|bits?|share|fraction|ratio|percent|probability|factor|how many|how often|number of|count|most|times|attempts?|tries|entries|keys|tags|rows|queries|statements|calls|connections|clients|requests|failures|characters|levels?|version|port|digits)\b/i

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

function hasModifier(node: ts.HasModifiers, kind: ts.SyntaxKind): boolean {
  return ts.getModifiers(node)?.some(modifier => modifier.kind === kind) ?? false
}

const timers: Record<string, string> = {
  setTimeout: 'clock.sleep(ms, { signal })',
  setInterval: 'a loop over clock.sleep(ms, { signal })',
}

const timeOnlyByClock: Rule = (node, report, { path }) => {
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

const handWrittenExports: Rule = (node, report, { isPublic }) => {
  const isDefault =
    ts.isExportAssignment(node) ||
    (ts.canHaveModifiers(node) && hasModifier(node, ts.SyntaxKind.DefaultKeyword))
  if (isDefault) report(node, 'export default is banned: export it by name')
  if (ts.isExportDeclaration(node) && !(node.exportClause && ts.isNamedExports(node.exportClause)))
    report(node, 'export * is banned: list the exports by hand')
  if (ts.isClassDeclaration(node) && node.name && isPublic(node.name.text) && !/Error$/.test(node.name.text))
    report(node, `exported class ${node.name.text} is banned: export a factory and an interface`)
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

const noSleepForLuck: Rule = (node, report, { path }) => {
  if (path === clockTest) return
  const slept = ts.isAwaitExpression(node)
    ? /^systemClock\.sleep\(/.test(node.expression.getText())
    : isSleep(node)
  if (slept && !isInsidePoll(node))
    report(node, 'sleeping in a test is banned: use fakeClock(), an event, or until() with a deadline')
}

/** `new Promise(resolve => setTimeout(resolve, 50))`, or `await setTimeout(50)` of node:timers/promises. */
function isSleep(node: ts.Node): boolean {
  if (ts.isCallExpression(node) && node.expression.getText() === 'setTimeout')
    return ts.isAwaitExpression(node.parent)
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
/** What a file is held to, by its kind. */
export const rules: Record<Kind, readonly Rule[]> = {
  published: [...everywhere, documentedOptions, timeOnlyByClock, noInstanceof, noConsole, handWrittenExports],
  source: [...everywhere, documentedOptions],
  test: [...everywhere, noSleepForLuck],
}

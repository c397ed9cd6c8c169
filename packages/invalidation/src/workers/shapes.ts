/** Whether a message has the shape of its kind. Anyone may speak on a channel of this name: what is not well formed is nobody's. */
import { checkInvalidation } from '../check-invalidation.ts'
import type { Message, Question } from './messages.ts'

type Fields = Readonly<Record<string, unknown>>
type Check = (value: unknown) => boolean

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null
const isText: Check = value => typeof value === 'string'
const isCount: Check = value => Number.isSafeInteger(value) && (value as number) >= 0
const isNumber: Check = value => typeof value === 'number'
const isTexts: Check = value => Array.isArray(value) && value.every(isText)
const anything: Check = () => true

const shape =
  (checks: Readonly<Record<string, Check>>): Check =>
  value =>
    isFields(value) && Object.entries(checks).every(([name, check]) => check(value[name]))

const isStamp = shape({ history: isText, sequence: isCount })
const isStanding = shape({ known: isStamp, left: isTexts, origin: isText, candidate: isText })
const isMode: Check = value => value === 'delete' || value === 'invalidate'
const isTarget: Check = value => isFields(value) && (isText(value.pattern) || value.all === true)
const isInvalidation: Check = value => {
  try {
    checkInvalidation(value as never)
    return true
  } catch {
    return false
  }
}

const questions: Readonly<Record<Question['call'], Check>> = {
  record: shape({ invalidation: isInvalidation }),
  beat: shape({ sentAt: isNumber }),
  replay: shape({ after: isStamp }),
  rules: shape({ since: isStamp, tags: isTexts }),
  retire: shape({ rule: shape({ stamp: isStamp, mode: isMode, target: isTarget }) }),
}
const isQuestion: Check = value =>
  isFields(value) && isStanding(value.standing) && checkOf(questions, value.call)(value)

const messages: Readonly<Record<Message['kind'], Check>> = {
  ask: shape({ from: isText, id: isCount, question: isQuestion }),
  reply: shape({ to: isText, id: isCount, value: anything }),
  frame: shape({ frame: shape({ stamp: isStamp, invalidation: isInvalidation, origin: isText }) }),
  beat: shape({ to: isText, sentAt: isNumber, stamp: isStamp }),
  begin: shape({ record: isText, since: isNumber }),
  there: shape({ to: isText }),
}

export const isMessage = (value: unknown): value is Message =>
  isFields(value) && checkOf(messages, value.kind)(value)

function checkOf(checks: Readonly<Record<string, Check>>, name: unknown): Check {
  return (typeof name === 'string' && Object.hasOwn(checks, name) && checks[name]) || (() => false)
}

/** The events of a workflow engine, each with the ids that keys and tags are made of. */

type Id = string | number

interface Described {
  readonly id: Id
  /** Whose it is, where that matters. */
  readonly userId?: Id
}

export interface WorkflowEvents {
  'workflow.updated': Described
  'workflow.deleted': Described
  'agent.updated': Described & { readonly workflowId?: Id }
  'agent.deleted': Described & { readonly workflowId?: Id }
  /** `name`: which setting or section. */
  'config.changed': { readonly name: string }
  /** `source`: table, file or feed; `id`: which row of it. */
  'data.updated': { readonly source: string; readonly id?: Id }
  'user.updated': { readonly id: Id }
  /** A person asks for it. */
  manual: { readonly keys?: readonly string[]; readonly tags?: readonly string[]; readonly pattern?: string }
}

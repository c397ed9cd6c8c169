/** Polls until `check` holds; fails after ten seconds. */
export async function until(what: string, check: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = performance.now() + 10_000
  while (!(await check())) {
    if (performance.now() > deadline) throw new Error(`${what}: not within 10 s`)
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}

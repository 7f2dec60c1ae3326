import type { Problem } from '../core/settings.ts'

/** Answers while settings or bindings are wrong: their names, never a value. What is wrong with each is in the log. */
export function answerMisconfigured(problems: readonly Problem[]): Response {
  const names = [...new Set(problems.map(({ setting }) => setting))].sort()
  const detail = `These settings or bindings are missing or wrong: ${names.join(', ')}. The log says what to do about each.`
  const problem = { type: 'about:blank', title: 'Not configured', status: 503, detail, code: 'misconfigured' }
  return new Response(JSON.stringify(problem), {
    status: 503,
    headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store' },
  })
}

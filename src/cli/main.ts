import { runCli } from './run-cli.ts'

// A reader that has seen enough, such as `head`, is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
})

const { code, staysUp } = await runCli({ args: process.argv.slice(2), environment: process.env })
process.exitCode = code
// A vendor's SDK may hold timers; what a command had to say is said.
if (!staysUp) process.exit()

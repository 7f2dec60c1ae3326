import { runCli } from './run.ts'

// A reader that has seen enough, such as `head`, is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
})

const { code, staysUp } = await runCli({ args: process.argv.slice(2), environment: process.env })
// A hub that stays up may have noted its own failure here meanwhile.
if (code !== 0) process.exitCode = code
// A vendor's SDK may hold timers; what a command had to say is said once this write is through.
if (!staysUp) process.stdout.write('', () => process.exit())

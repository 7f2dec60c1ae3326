import type { CommandEntry } from './terminal/command.ts'

/** Every command. Each is loaded only when it is called, so that `--help` does not wait for a vendor's SDK. */
export const commandTable: readonly CommandEntry[] = [
  {
    name: 'start',
    summary: 'run the hub; the same as npm start',
    acts: [],
    load: async () => (await import('./commands/start.ts')).start,
  },
  {
    name: 'demo',
    summary: 'play the whole story with simulated tenants; "demo tenants" runs these alone',
    acts: [],
    load: async () => (await import('./commands/demo/demo.ts')).demoCommand,
  },
  {
    name: 'doctor',
    summary: 'look whether everything is as it should be, and say how to mend it',
    acts: [],
    load: async () => (await import('./commands/doctor/doctor.ts')).doctor,
  },
  {
    name: 'deliveries',
    summary: 'list deliveries: what was done, what waits, what is stuck',
    acts: [],
    load: async () => (await import('./commands/deliveries.ts')).deliveries,
  },
  {
    name: 'show',
    summary: 'show one delivery or event: every attempt, why it stands where it stands, what to do',
    acts: [],
    load: async () => (await import('./commands/show.ts')).show,
  },
  {
    name: 'person',
    summary: 'show a person and everything that happened; "person adopt" says whose a user is',
    acts: ['adopt'],
    load: async () => (await import('./commands/person.ts')).person,
  },
  {
    name: 'replay',
    summary: 'make deliveries due again',
    acts: ['replay'],
    load: async () => (await import('./commands/replay.ts')).replay,
  },
  {
    name: 'recover',
    summary: 'replay all that failed since a time',
    acts: ['recover'],
    load: async () => (await import('./commands/recover.ts')).recover,
  },
  {
    name: 'dismiss',
    summary: 'end a delivery that was set aside and that nobody waits for, such as a refused provision',
    acts: ['dismiss'],
    load: async () => (await import('./commands/dismiss.ts')).dismiss,
  },
  {
    name: 'brake',
    summary: 'see whom the brake holds; release or cancel them, or expect a planned wave',
    acts: ['release', 'cancel', 'expect'],
    load: async () => (await import('./commands/brake.ts')).brake,
  },
  {
    name: 'resume',
    summary: 'end the pause of a connector, because its credential is good again; "resume list" shows who did',
    acts: ['resume'],
    load: async () => (await import('./commands/resume.ts')).resume,
  },
  {
    name: 'protect',
    summary: 'never lock a person out without an operator; "protect list" shows whom',
    acts: ['protect'],
    load: async () => (await import('./commands/protect.ts')).protect,
  },
  {
    name: 'unprotect',
    summary: 'take a person off the list of the protected',
    acts: ['unprotect'],
    load: async () => (await import('./commands/protect.ts')).unprotect,
  },
  {
    name: 'except',
    summary: 'let the lifted block of a locked-out person be, for a while',
    acts: ['except'],
    load: async () => (await import('./commands/except.ts')).except,
  },
  {
    name: 'token',
    summary: 'make a token for a program that asks over HTTP; list and revoke tokens',
    acts: ['token_made', 'token_revoked'],
    load: async () => (await import('./commands/token.ts')).token,
  },
  {
    name: 'console',
    summary: 'sign in with a browser: a link that opens a session once, also in an emergency',
    acts: ['link_made', 'break_glass'],
    load: async () => (await import('./commands/console.ts')).consoleCommand,
  },
  {
    name: 'report',
    summary: 'tell what the journal can prove, "report leavers", and what enforcing would do, "report go-live"',
    acts: [],
    load: async () => (await import('./commands/report.ts')).report,
  },
  {
    name: 'audit',
    summary: 'list what is on record: every act of an operator, and every decision of the hub',
    acts: [],
    load: async () => (await import('./commands/audit.ts')).audit,
  },
  {
    name: 'send',
    summary: 'send a recorded hook to the running hub',
    acts: [],
    load: async () => (await import('./commands/send.ts')).send,
  },
  {
    name: 'try',
    summary: 'send the running hub a request for access as a platform would',
    acts: [],
    load: async () => (await import('./commands/try.ts')).tryCommand,
  },
  {
    name: 'connectors',
    summary: 'list the installed connectors: what is on, what is off and why',
    acts: [],
    load: async () => (await import('./commands/list-connectors.ts')).connectorsCommand,
  },
  {
    name: 'connector',
    summary: 'write a connector of your own: "connector new <id>"',
    acts: [],
    load: async () => (await import('./commands/new-connector.ts')).connector,
  },
  {
    name: 'clean',
    summary: 'remove what databases of hubs whose folder is gone have left on this machine',
    acts: [],
    load: async () => (await import('./commands/clean.ts')).clean,
  },
  {
    name: 'migrate',
    summary: "bring the database to this version's schema",
    acts: ['migrate'],
    load: async () => (await import('./commands/start.ts')).migrate,
  },
]

/** Whom a subject of an issuer names: a person by the id at the authority, a user of the connector's system, or both. */
export type SubjectNames = { authorityId?: string; user?: string }

/**
 * How a connector reads the subjects of an issuer. Null: the issuer is not its own vendor as it is configured, and it can
 * say of nobody who they are. Of its own vendor: whom a subject names, by what the vendor vouches for, never by e-mail.
 */
export type SubjectsOf<Config> = {
  tell(context: { config: Config; issuer: string }): ((subject: string) => SubjectNames) | null
}['tell']

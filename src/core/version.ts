/** The version of this Bellhop, which a test compares with that of the package. */
export const version = '0.1.0'

import GRDB

/// Why the store could not do something. Everything that may fail in ordinary life has a case of its own, because the
/// daemon answers each in another way.
public enum StoreError: Error, Equatable, Sendable {
    /// No space is left (or the database reached its size limit). Nothing of the refused write remains; reads go on,
    /// and writes work again as soon as there is space.
    case full(String)
    /// The disk failed or the file can not be read or written.
    case io(String)
    /// The database was made by a newer version of the program.
    case newerSchema(path: String, found: Int, known: Int)
    /// The database was made by an older version, whose daemon may still run.
    case olderSchema(path: String, found: Int, known: Int)
    /// Another process holds the data directory.
    case inUse(path: String)
    /// The file is not a healthy database of this program.
    case corrupt(String)
    /// A row broke a rule of the schema: a programming error, refused before it could do harm.
    case impossibleRow(String)
    /// The caller's cursor was not made by an earlier page of the same listing.
    case badCursor(String)
}

extension StoreError: CustomStringConvertible {
    /// One sentence for people, with what to do about it.
    public var description: String {
        switch self {
        case .full(let detail):
            "no space is left for the database or the checkpoints (\(detail)): free some space, nothing else is needed"
        case .io(let detail): "the data directory can not be read or written: \(detail)"
        case .newerSchema(let path, let found, let known):
            "database \(path) was made by a newer version (schema \(found), this program knows \(known)): "
                + "update hyperschedd or use another data directory"
        case .olderSchema(let path, let found, let known):
            "database \(path) is of an older version (schema \(found), this program knows \(known)) and a daemon has "
                + "it open: restart that daemon with this version first"
        case .inUse(let path): "\(path) is in use by another hyperschedd: stop it or use another data directory"
        case .corrupt(let detail): "the database is damaged: \(detail)"
        case .impossibleRow(let detail): "a change was refused by the database's own checks: \(detail)"
        case .badCursor(let text):
            "'\(text.prefix(80))' is no cursor of this listing: use nextCursor of the page before"
        }
    }

    /// Maps what SQLite and the file system say. One place, so that every caller sees the same cases.
    init(_ error: any Error) {
        switch error {
        case let error as StoreError: self = error
        case let error as SystemError: self = error.isNoSpace ? .full(error.description) : .io(error.description)
        case let error as DatabaseError: self.init(database: error)
        default: self = .io("\(error)")
        }
    }

    private init(database error: DatabaseError) {
        let text = error.message ?? "\(error.resultCode)"
        switch error.resultCode {
        case .SQLITE_FULL: self = .full(text)
        case .SQLITE_CONSTRAINT, .SQLITE_MISMATCH: self = .impossibleRow(text)
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: self = .corrupt(text)
        case .SQLITE_BUSY, .SQLITE_LOCKED: self = .inUse(path: text)
        default: self = .io("\(text) (\(error.extendedResultCode))")
        }
    }
}

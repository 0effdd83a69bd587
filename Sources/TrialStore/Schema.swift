import GRDB

/// The versions of the database. A version that has landed is never changed: a later one is added to the list.
enum Schema {
    /// The version that this program writes. It is also the database's `PRAGMA user_version`.
    static let version = 3

    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1", migrate: createVersion1)
        migrator.registerMigration("2", migrate: createVersion2)
        migrator.registerMigration("3", migrate: createVersion3)
        return migrator
    }
}

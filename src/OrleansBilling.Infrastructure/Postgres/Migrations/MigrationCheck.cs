namespace OrleansBilling.Infrastructure.Postgres.Migrations;

/// <summary>A migration as the database remembers it.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Name">The folder's name when it was applied.</param>
/// <param name="Checksum">The checksum of the statements that were run.</param>
/// <param name="AppliedAt">When.</param>
public sealed record AppliedMigration(int Number, string Name, string Checksum, DateTimeOffset AppliedAt);

/// <summary>Decides whether a program may work on a database, by what was applied to it.</summary>
public static class MigrationCheck
{
    /// <summary>Passes when the applied migrations are the beginning of the program's own, unchanged.</summary>
    /// <param name="applied">By number.</param>
    /// <param name="known">The program's, by number, without gaps.</param>
    /// <exception cref="MigrationException">They are not; the message says which and what to do.</exception>
    public static void Compare(IReadOnlyList<AppliedMigration> applied, IReadOnlyList<Migration> known)
    {
        for (var i = 0; i < applied.Count; i++)
        {
            var past = applied[i];
            if (past.Number != i + 1)
            {
                throw new MigrationException(
                    $"The database has migration {past.Name} but not number {i + 1:D4}, so its schema is none that any release had. " +
                    "Restore it from a backup, or put the missing row of schema_migration back if only that row was lost.");
            }

            if (i >= known.Count)
            {
                throw new MigrationException(
                    $"The database is newer than this program: it has migration {past.Name} (applied {past.AppliedAt:u}), the program ends at {known.Count:D4}. " +
                    "Start the newer release of the program; an older one could write rows that the newer schema does not expect.");
            }

            if (!string.Equals(past.Checksum, known[i].Checksum, StringComparison.Ordinal))
            {
                throw new MigrationException(
                    $"Migration {known[i].Name} was changed after it was applied as {past.Name} on {past.AppliedAt:u} (then {past.Checksum[..Math.Min(12, past.Checksum.Length)]}, now {known[i].Checksum[..12]}). " +
                    "Put its up.sql back as it was and write the change as a new migration; on a database whose data may go, drop the database and start again.");
            }
        }
    }
}

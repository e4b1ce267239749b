using Npgsql;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Infrastructure.Postgres.Turn;

/// <summary>Tells what a failed commit means for its turn.</summary>
internal static class TurnFaults
{
    private const string MissedCondition = "OB001";

    /// <summary>The turn's own exception for what PostgreSQL refused, or null where it is none of a turn's ordinary ends.</summary>
    public static Exception? Translate(Exception exception) => Find(exception) switch
    {
        { SqlState: MissedCondition } missed => new TurnConflictException(missed.MessageText, exception),
        { SqlState: PostgresErrorCodes.UniqueViolation } taken => Translate(taken, exception),
        { SqlState: PostgresErrorCodes.CheckViolation, ConstraintName: "account_balance_not_negative" } => new TurnConflictException("balance", exception),
        { SqlState: PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure } => new TurnConflictException("state", exception),
        _ => null,
    };

    /// <summary>True where the whole transaction lost against another one and may simply be repeated.</summary>
    public static bool IsTransient(PostgresException exception) =>
        exception.SqlState is PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure;

    /// <summary>
    /// True where a single turn of a group may be at fault and nothing of the group was kept: PostgreSQL refused a statement,
    /// or a row could not be written. False where the connection ended, which leaves the outcome open.
    /// </summary>
    public static bool IsOfOneTurn(Exception exception) => exception switch
    {
        PostgresException refused => IsRefusal(refused),
        NpgsqlException or IOException or System.Net.Sockets.SocketException or TimeoutException
            or OperationCanceledException or ObjectDisposedException => false,
        _ => true,
    };

    /// <summary>True where PostgreSQL refused a statement, so that nothing of the transaction was kept; false where the connection ended.</summary>
    private static bool IsRefusal(PostgresException exception) =>
        !exception.SqlState.StartsWith("57", StringComparison.Ordinal)
        && !exception.SqlState.StartsWith("08", StringComparison.Ordinal)
        && !exception.SqlState.StartsWith("53", StringComparison.Ordinal);

    private static Exception? Translate(PostgresException taken, Exception exception) => taken.ConstraintName switch
    {
        "command_log_pkey" => new TurnConflictException("command", exception),
        "alert_firing_pkey" or "alert_firing_once" => new TurnConflictException("alert", exception),
        "payment_attempt_one_open" => new TurnConflictException("attempt", exception),
        "account_external_id_key" or "subscription_external_id_key" or "plan_version_pkey" or "legal_entity_prefix_key" =>
            new UniqueNameTakenException(taken.ConstraintName, exception),
        _ => null,
    };

    private static PostgresException? Find(Exception? exception)
    {
        while (exception is not null and not PostgresException)
        {
            exception = exception.InnerException;
        }

        return exception as PostgresException;
    }
}

namespace OrleansBilling.Infrastructure.Postgres.Turn;

/// <summary>Starts work that serves many callers and therefore has the context (transaction, request) of none.</summary>
internal static class Detached
{
    public static Task Run(Func<Task> work)
    {
        if (ExecutionContext.IsFlowSuppressed())
        {
            return Task.Run(work);
        }

        using (ExecutionContext.SuppressFlow())
        {
            return Task.Run(work);
        }
    }
}

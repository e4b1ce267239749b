namespace OrleansBilling.Infrastructure.Postgres.Alerts;

/// <summary>
/// The plans that an account has now, each with its oldest live subscription, as a query to read from: one step of an index for each plan, however
/// many subscriptions the account has.
/// </summary>
internal static class LivePlans
{
    private const string Live = "s.status not in ('incomplete', 'canceled')";

    /// <summary>The query: <c>plan</c>, <c>id</c> and <c>created_at</c> of the oldest subscription.</summary>
    /// <param name="account">An expression of SQL: a parameter, or a column of an outer query.</param>
    public static string Of(string account) =>
        $"""
        (with recursive step (plan, id, created_at) as (
            (select s.plan, s.id, s.created_at from subscription s where s.account = {account} and {Live} order by s.plan, s.created_at, s.id limit 1)
            union all
            select n.plan, n.id, n.created_at from step cross join lateral (
                select s.plan, s.id, s.created_at from subscription s
                where s.account = {account} and {Live} and s.plan > step.plan order by s.plan, s.created_at, s.id limit 1) n)
        select * from step)
        """;
}

using Npgsql;
using OrleansBilling.Grains.Accounts;

namespace OrleansBilling.Infrastructure.Postgres.Accounts;

/// <summary>Answers questions about an account from rows of others.</summary>
public sealed class PostgresAccountUse(BillingDatabase database) : IAccountUse
{
    /// <inheritdoc/>
    public Task<bool> IsInUseAsync(string account) => AskAsync(
        """
        select exists (select from subscription where account = $1) or exists (select from invoice where account = $1)
            or exists (select from account_balance where account = $1 and credit > 0) or exists (select from pending_line where account = $1)
            or exists (select from account_facts where billed_to = $1)
        """,
        account);

    /// <inheritdoc/>
    public Task<bool> LinesWaitAsync(string account) => AskAsync("select exists (select from pending_line where account = $1 and source <> 'credit_note')", account);

    /// <inheritdoc/>
    public Task<bool> PaysForOthersAsync(string account) => AskAsync("select exists (select from account_facts where billed_to = $1)", account);

    /// <inheritdoc/>
    public Task<bool> DunningPolicyExistsAsync(string code) => AskAsync("select exists (select from dunning_policy where code = $1)", code);

    /// <inheritdoc/>
    public Task<bool> LegalEntityExistsAsync(string code) => AskAsync("select exists (select from legal_entity where code = $1)", code);

    private async Task<bool> AskAsync(string sql, string parameter)
    {
        await using var connection = await database.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = parameter } } };
        return await command.ExecuteScalarAsync() is true;
    }
}

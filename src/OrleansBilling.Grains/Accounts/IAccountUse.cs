namespace OrleansBilling.Grains.Accounts;

/// <summary>Answers questions about an account that only rows of others can answer.</summary>
public interface IAccountUse
{
    /// <summary>True where lines of the account wait for an invoice, gathered ones included.</summary>
    Task<bool> LinesWaitAsync(string account);

    /// <summary>True once a subscription or an invoice of the account exists: its currency is fixed.</summary>
    Task<bool> IsInUseAsync(string account);

    /// <summary>True where other accounts are billed to the account.</summary>
    Task<bool> PaysForOthersAsync(string account);

    /// <summary>True where a dunning policy of that code exists.</summary>
    Task<bool> DunningPolicyExistsAsync(string code);

    /// <summary>True where a legal entity of that code exists.</summary>
    Task<bool> LegalEntityExistsAsync(string code);
}

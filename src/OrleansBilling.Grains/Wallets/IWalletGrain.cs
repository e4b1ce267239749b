using NodaTime;
using OrleansBilling.Domain.Wallets;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Grains.Wallets;

/// <summary>A wallet: its grants, holds and uses. Key: <c>wal_...</c></summary>
[Alias("OrleansBilling.IWalletGrain")]
public interface IWalletGrain : IDueGrain
{
    /// <summary>Opens it. 404 <c>account_not_found</c>; 400 <c>unit_or_currency</c>, <c>unit_value_needed</c>; 422 <c>currency_mismatch</c>, <c>too_many_wallets</c>, <c>top_up_too_small</c>.</summary>
    [Alias("Open")]
    Task<CommandAnswer> Open(CommandKey key, Instant now, string account, WalletOrder order);

    /// <summary>Changes what is given. 404 <c>wallet_not_found</c>; 422 <c>top_up_too_small</c>.</summary>
    [Alias("Update")]
    Task<CommandAnswer> Update(CommandKey key, Instant now, WalletPatch patch);

    /// <summary>Grants, or sells where a price is given. 404 <c>wallet_not_found</c>; the refusals of <see cref="WalletDecider.Grant"/>.</summary>
    [Alias("Grant")]
    Task<CommandAnswer> Grant(CommandKey key, Instant now, GrantOrder order);

    /// <summary>Takes a grant back. 404 <c>grant_not_found</c>; 422 <c>grant_ended</c>, <c>grant_not_paid</c>.</summary>
    [Alias("VoidGrant")]
    Task<CommandAnswer> VoidGrant(CommandKey key, Instant now, string grant);

    /// <summary>Takes an amount by hand. 422 <c>insufficient_credit</c>.</summary>
    [Alias("Debit")]
    Task<CommandAnswer> Debit(CommandKey key, Instant now, decimal amount, string reason);

    /// <summary>Sets an amount apart. 422 <c>insufficient_credit</c>.</summary>
    [Alias("Hold")]
    Task<CommandAnswer> Hold(CommandKey key, Instant now, string id, decimal amount, long expiresInSeconds);

    /// <summary>Uses a hold. 404 <c>hold_not_found</c>; 422 <c>hold_ended</c>, <c>amount_above_hold</c>, <c>insufficient_credit</c>.</summary>
    [Alias("Commit")]
    Task<CommandAnswer> Commit(CommandKey key, Instant now, string hold, decimal amount, OverHold over);

    /// <summary>Gives a hold back. 404 <c>hold_not_found</c>; 422 <c>hold_ended</c>.</summary>
    [Alias("Release")]
    Task<CommandAnswer> Release(CommandKey key, Instant now, string hold);
}

/// <summary>What a change of a wallet gives; null members stay.</summary>
[GenerateSerializer, Alias("wallet_patch"), Immutable]
public sealed record WalletPatch
{
    /// <summary>Shown to people.</summary>
    [Id(0)] public string? Name { get; init; }

    /// <summary>Lower ones are used first.</summary>
    [Id(1)] public int? Priority { get; init; }

    /// <summary>Automatic top-up; taken only where <see cref="SetsTopUp"/> is true, then null ends it.</summary>
    [Id(2)] public TopUp? TopUp { get; init; }

    /// <summary>True where the caller gave <c>top_up</c>, null or not.</summary>
    [Id(3)] public bool SetsTopUp { get; init; }

    /// <summary>The settings with what is given.</summary>
    public Wallet ApplyTo(Wallet wallet) => wallet with
    {
        Name = Name ?? wallet.Name,
        Priority = Priority ?? wallet.Priority,
        TopUp = SetsTopUp ? TopUp : wallet.TopUp,
    };
}

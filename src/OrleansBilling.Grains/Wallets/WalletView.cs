using NodaTime;
using OrleansBilling.Domain.Wallets;
using OrleansBilling.Grains.Catalog;
using OrleansBilling.Grains.Kernel;

namespace OrleansBilling.Grains.Wallets;

/// <summary>
/// How a wallet is shown over HTTP. Amounts are whole minor units in a wallet in money, decimal strings in a unit wallet.
/// </summary>
public sealed record WalletView(
    string Id,
    string Object,
    string Account,
    string Currency,
    string? Unit,
    decimal? UnitValue,
    string? Name,
    int Priority,
    IReadOnlyList<string> AppliesTo,
    object Balance,
    object Held,
    object Provisional,
    object Available,
    TopUpView? TopUp,
    IReadOnlyList<GrantView> Grants,
    Instant CreatedAt,
    IReadOnlyDictionary<string, string> Metadata)
{
    /// <summary>The resource as JSON, with the grants given in the order of use.</summary>
    public static string Render(WalletState state, Instant now) => AnswerJson.Write(Of(state, now));

    /// <summary>
    /// The view at an instant. Balance, held and provisional (what usage that is not billed yet has used, a second or two behind it) are of
    /// grants that count then; available is the balance less both.
    /// </summary>
    public static WalletView Of(WalletState state, Instant now)
    {
        var wallet = state.Wallet;
        return new WalletView(
            wallet.Id, "wallet", wallet.Account, wallet.Currency.Code, wallet.Unit, wallet.IsMoney ? null : wallet.UnitValue, wallet.Name,
            wallet.Priority, wallet.AppliesTo, Shown(wallet, state.Balance(now)), Shown(wallet, state.Held(now)), Shown(wallet, state.Provisional(now)), Shown(wallet, state.Available(now)),
            wallet.TopUp is { } topUp ? new TopUpView(Shown(wallet, topUp.Below), Shown(wallet, topUp.Amount), topUp.SuspendedAt) : null,
            [.. BurnOrder.Of(state.Grants).Select(grant => GrantView.Of(wallet, grant, now))], wallet.CreatedAt, wallet.Metadata);
    }

    /// <summary>An amount of a wallet as its JSON shows it.</summary>
    public static object Shown(Wallet wallet, decimal amount) => wallet.IsMoney ? (object)decimal.ToInt64(amount) : amount;
}

/// <summary>Automatic top-up.</summary>
/// <param name="Below">The bound.</param>
/// <param name="Amount">Amount of one grant.</param>
/// <param name="SuspendedAt">Since when it is suspended, since the invoice of a top-up was voided or written off; null while it runs.</param>
public sealed record TopUpView(object Below, object Amount, Instant? SuspendedAt);

/// <summary>A grant.</summary>
public sealed record GrantView(
    string Id,
    string Object,
    string Wallet,
    string Status,
    object Amount,
    object Remaining,
    object Held,
    object Provisional,
    long? Price,
    string? Invoice,
    int Priority,
    Instant EffectiveAt,
    Instant? ExpiresAt,
    IntervalView? Recurrence,
    RolloverView? Rollover,
    Instant? NextResetAt,
    Instant CreatedAt)
{
    /// <summary>An active grant whose expiry has passed: it pays nothing but usage of its time that is not billed yet, and lapses then.</summary>
    public const string AwaitingUsage = "awaiting_usage";

    /// <summary>The view of a grant at an instant.</summary>
    public static GrantView Of(Wallet wallet, Grant grant, Instant now) => new(
        grant.Id, "grant", grant.Wallet, grant.Status is GrantStatus.Active && grant.ExpiresAt <= now ? AwaitingUsage : grant.Status.ToString().ToLowerInvariant(), WalletView.Shown(wallet, grant.Amount),
        WalletView.Shown(wallet, grant.Remaining), WalletView.Shown(wallet, grant.Held), WalletView.Shown(wallet, grant.Status is GrantStatus.Active ? grant.Burnt : 0), grant.Price, grant.Invoice, grant.Priority,
        grant.EffectiveAt, grant.ExpiresAt, grant.Recurrence is { } interval ? IntervalView.Of(interval) : null,
        grant.Rollover is { } rollover ? new RolloverView(WalletView.Shown(wallet, rollover.Minimum), WalletView.Shown(wallet, rollover.Maximum)) : null,
        grant.ResetsAt, grant.CreatedAt);
}

/// <summary>What a reset keeps.</summary>
public sealed record RolloverView(object Minimum, object Maximum);

/// <summary>A hold.</summary>
public sealed record HoldView(
    string Id,
    string Object,
    string Wallet,
    string Account,
    string Status,
    object Amount,
    object Committed,
    IReadOnlyList<PinView> Pins,
    Instant ExpiresAt,
    Instant? EndedAt,
    Instant CreatedAt)
{
    /// <summary>The resource as JSON.</summary>
    public static string Render(Wallet wallet, Hold hold) => AnswerJson.Write(Of(wallet, hold));

    /// <summary>The view of a hold.</summary>
    public static HoldView Of(Wallet wallet, Hold hold) => new(
        hold.Id, "hold", hold.Wallet, hold.Account, hold.Status.ToString().ToLowerInvariant(), WalletView.Shown(wallet, hold.Amount),
        WalletView.Shown(wallet, hold.Committed), [.. hold.Pins.Select(pin => new PinView(pin.Grant, WalletView.Shown(wallet, pin.Amount)))],
        hold.ExpiresAt, hold.EndedAt, hold.CreatedAt);
}

/// <summary>A part of a grant that a hold pins.</summary>
public sealed record PinView(string Grant, object Amount);

/// <summary>A movement of a grant.</summary>
/// <param name="Id"><c>wm_...</c></param>
/// <param name="Object">Always <c>wallet_movement</c>.</param>
/// <param name="Grant">The grant.</param>
/// <param name="Kind"><c>granted, committed, debited, applied, restored, expired, reset, voided</c>.</param>
/// <param name="Amount">Negative where it takes.</param>
/// <param name="Value">Minor units of deferred money that moved with it.</param>
/// <param name="At">Its effective instant.</param>
/// <param name="Cause">What caused it.</param>
/// <param name="Invoice">The invoice whose line it paid or gave back, or null.</param>
/// <param name="Line">That line.</param>
/// <param name="Paid">Minor units of the line; negative where they were given back.</param>
public sealed record WalletMovementView(
    string Id, string Object, string Grant, string Kind, object Amount, long Value, Instant At, string Cause, string? Invoice, string? Line, long? Paid)
{
    /// <summary>The view of a movement.</summary>
    public static WalletMovementView Of(Wallet wallet, WalletMovement movement) => new(
        movement.Id, "wallet_movement", movement.Grant, movement.Kind.ToString().ToLowerInvariant(), WalletView.Shown(wallet, movement.Amount),
        movement.Value, movement.At, movement.Cause, movement.Line?.Invoice, movement.Line?.Line, movement.Line?.Paid);
}

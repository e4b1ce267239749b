using NodaTime;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Grains.Invoicing;
using OrleansBilling.Grains.Kernel;

namespace OrleansBilling.Grains.Schedule;

/// <summary>What waits for a person: due work that failed too often, or a line that could not be rated.</summary>
/// <param name="Id">Names it.</param>
/// <param name="Object">Always <c>work_item</c>.</param>
/// <param name="Type"><c>subscription</c>, <c>invoice</c> or <c>account</c> for due work; <c>line</c> for a line set aside.</param>
/// <param name="Subject">The resource's id; of a line its subscription.</param>
/// <param name="Kind">What was asked for; of a line its kind.</param>
/// <param name="Account">The customer account.</param>
/// <param name="Clock"><c>live</c>, or a test clock.</param>
/// <param name="DueAt">Since when it is due.</param>
/// <param name="Attempts">How often it was tried.</param>
/// <param name="Reason">Why the last try failed; of a line the code and the sentence of the refusal.</param>
/// <param name="CreatedAt">Since when it waits.</param>
/// <param name="Line">What the line bills; null for due work.</param>
/// <param name="Invoice">The invoice that a retry has made of the line, or null.</param>
public sealed record WorkItemView(
    string Id, string Object, string Type, string Subject, string Kind, string Account, string Clock, Instant DueAt, int Attempts, string? Reason,
    Instant CreatedAt, SetAsideView? Line, string? Invoice)
{
    /// <summary>Always empty.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; } = NoMetadata.Value;

    /// <summary>A line that a retry has billed.</summary>
    public static WorkItemView Of(SetAsideLine line, SubscriptionState state, string clock, string? invoice) => new(
        line.Id, "work_item", "line", state.Id, InvoiceLineView.KindName(line.Kind), state.Account, clock, line.At, 1, $"{line.Why.Code}: {line.Why.Detail}", line.At,
        new SetAsideView(line.Item, line.Sold.Plan, line.Sold.PlanVersion, line.Price, line.Sold.Quantity, line.Period.Start, line.Period.End), invoice);
}

/// <summary>What a line that was set aside bills.</summary>
public sealed record SetAsideView(string Item, string Plan, int PlanVersion, string Price, decimal Quantity, Instant PeriodStart, Instant PeriodEnd);

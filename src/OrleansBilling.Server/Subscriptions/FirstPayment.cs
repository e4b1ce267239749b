using System.Text.Json;
using NodaTime;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Grains.Invoicing;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Grains.Subscriptions;
using OrleansBilling.Server.Http.Commands;

namespace OrleansBilling.Server.Subscriptions;

/// <summary>
/// Leads the creation of a subscription that waits for its first payment: subscription, invoice, subscription. Each step
/// is harmless when repeated, so that a repeat under the same key finishes what a crash cut off and gets the same answer.
/// </summary>
internal static class FirstPayment
{
    /// <summary>Tries the payment and answers with the subscription as it stands then.</summary>
    public static async Task<Answer> AwaitAsync(Call call, string subscription, Answer created, Instant now)
    {
        using var made = JsonDocument.Parse(created.Json);
        if (made.RootElement.GetProperty("status").GetString() is not "incomplete")
        {
            return created;
        }

        var invoice = made.RootElement.GetProperty("latest_invoice").GetString()!;
        // What the creation handed over has been tried by now; after a crash this is the try.
        await call.Grain<IInvoiceGrain>(invoice).RunDue(new RunDue(now, null, DueKind.Collect));
        // A blank is in no caller's key.
        var key = call.Key with { Key = call.Key.Key + " answer" };
        return await call.RunAsync(() => call.Grain<ISubscriptionGrain>(subscription).AnswerActivation(key, now), "/v1/subscriptions/" + subscription);
    }
}

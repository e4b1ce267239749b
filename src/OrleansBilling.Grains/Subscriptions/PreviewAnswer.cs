using System.Text.Json;
using System.Text.Json.Nodes;
using OrleansBilling.Grains.Invoicing;
using OrleansBilling.Grains.Kernel;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Grains.Subscriptions;

/// <summary>The answer of a preview under one policy: the invoice that would result, with what the preview adds to it.</summary>
internal static class PreviewAnswer
{
    private static readonly string[] Sums = ["subtotal", "discount_total", "tax_total", "total", "credited", "amount_due"];

    /// <summary>The invoice's own members and the added ones; without an invoice one of no lines and no sums.</summary>
    public static CommandAnswer Of(InvoiceView? invoice, params ReadOnlySpan<(string Name, object? Value)> added)
    {
        var shown = invoice is null
            ? Nothing()
            : JsonSerializer.SerializeToNode(invoice, AnswerJson.Options)!.AsObject();
        foreach (var (name, value) in added)
        {
            shown[name] = JsonSerializer.SerializeToNode(value, AnswerJson.Options);
        }

        return CommandAnswers.Of(200, shown.ToJsonString(AnswerJson.Options));
    }

    private static JsonObject Nothing()
    {
        var nothing = new JsonObject { ["id"] = null, ["object"] = "invoice", ["status"] = "draft", ["lines"] = new JsonArray() };
        foreach (var sum in Sums)
        {
            nothing[sum] = 0;
        }

        return nothing;
    }
}

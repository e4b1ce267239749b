using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Invoicing;

namespace OrleansBilling.Infrastructure.Pdf.Paper;

/// <summary>The words of documents in one language; places for values are <c>{0}</c> and so on.</summary>
internal sealed record Words
{
    public required string Invoice { get; init; }

    public required string Number { get; init; }

    public required string CreditNote { get; init; }

    public required string CreditNoteNumber { get; init; }

    public required string OfInvoice { get; init; }

    public required string Reason { get; init; }

    /// <summary>The reason of a credit note that late usage has ordered.</summary>
    public required string UsageCorrected { get; init; }

    /// <summary>What of a credit note lowered its unpaid invoice.</summary>
    public required string Offset { get; init; }

    public required string Refunded { get; init; }

    public required string Issued { get; init; }

    public required string Due { get; init; }

    public required string BillTo { get; init; }

    public required string TaxId { get; init; }

    public required string Description { get; init; }

    public required string Quantity { get; init; }

    public required string UnitPrice { get; init; }

    public required string Tax { get; init; }

    public required string Amount { get; init; }

    public required string Subtotal { get; init; }

    public required string Discount { get; init; }

    /// <summary>0: the discount of a line.</summary>
    public required string LineDiscount { get; init; }

    public required string Prepaid { get; init; }

    /// <summary>0: name and percentage, 1: what is taxed.</summary>
    public required string TaxOn { get; init; }

    /// <summary>0: name and percentage, 1: the net amount.</summary>
    public required string TaxContained { get; init; }

    /// <summary>The line that rounds what is due.</summary>
    public required string Rounding { get; init; }

    public required string Total { get; init; }

    public required string CreditApplied { get; init; }

    public required string Credited { get; init; }

    public required string Paid { get; init; }

    public required string AmountDue { get; init; }

    /// <summary>0: the amount, 1: the day.</summary>
    public required string DueOn { get; init; }

    /// <summary>0: the amount, 1: the day.</summary>
    public required string PaidOn { get; init; }

    /// <summary>0: the amount, 1: the day.</summary>
    public required string CreditedOn { get; init; }

    /// <summary>0: the amount.</summary>
    public required string WrittenOff { get; init; }

    /// <summary>0: the day.</summary>
    public required string VoidedOn { get; init; }

    /// <summary>0: the amount.</summary>
    public required string NotIssued { get; init; }

    public required string PageOf { get; init; }

    /// <summary>What <see cref="LineTexts"/> says in English. 0: a name.</summary>
    public required (string UnusedTime, string LessUsed, string Minimum, string LessMinimum, string PrepaidCredit) Lines { get; init; }

    /// <summary>The badges: draft, due, past due, paid, credited, void, uncollectible.</summary>
    public required (string Draft, string Due, string PastDue, string Paid, string Credited, string Void, string Uncollectible) Badges { get; init; }

    /// <summary>What is called <c>vat</c> in the settings of an account.</summary>
    public required string Vat { get; init; }

    /// <summary>The description of a line: billing's own texts in this language, what a person wrote as it is.</summary>
    public string DescriptionOf(InvoiceLine line)
    {
        if (CashRounding.IsRounding(line))
        {
            return Rounding;
        }

        return LineTexts.Find(line.Draft) is not { } found ? line.Draft.Description : LineTexts.Of(
            found.Text switch
            {
                LineTexts.UnusedTime => Lines.UnusedTime,
                LineTexts.LessUsed => Lines.LessUsed,
                LineTexts.MinimumCommitment => Lines.Minimum,
                LineTexts.LessMinimumCommitment => Lines.LessMinimum,
                _ => Lines.PrepaidCredit,
            },
            found.Name);
    }

    /// <summary>The words of a language.</summary>
    public static Words Of(DocumentLanguage language) => language switch
    {
        DocumentLanguage.De => German,
        DocumentLanguage.Fr => French,
        DocumentLanguage.Ja => Japanese,
        _ => English,
    };

    private static Words English { get; } = new()
    {
        Invoice = "Invoice", Number = "Invoice number", Issued = "Date of issue", Due = "Date due", BillTo = "Bill to", TaxId = "Tax ID:",
        CreditNote = "Credit note", CreditNoteNumber = "Credit note number", OfInvoice = "Of invoice", Reason = "Reason", UsageCorrected = "Usage corrected", Offset = "Applied to the invoice", Refunded = "Refunded",
        Description = "Description", Quantity = "Qty", UnitPrice = "Unit price", Tax = "Tax", Amount = "Amount", Subtotal = "Subtotal",
        Discount = "Discount", LineDiscount = "Discount {0}", Prepaid = "Prepaid credit", TaxOn = "{0} on {1}", TaxContained = "Includes {0} on {1}",
        Rounding = "Rounding", Total = "Total", CreditApplied = "Credit applied", Credited = "Credited to you", Paid = "Amount paid", AmountDue = "Amount due",
        DueOn = "{0} due {1}", PaidOn = "{0} paid on {1}", CreditedOn = "{0} credited on {1}", WrittenOff = "{0} not collected",
        VoidedOn = "Voided on {0}", NotIssued = "{0}, not issued yet", PageOf = "Page {0} of {1}", Vat = "VAT",
        Lines = (LineTexts.UnusedTime, LineTexts.LessUsed, LineTexts.MinimumCommitment, LineTexts.LessMinimumCommitment, LineTexts.PrepaidCredit),
        Badges = ("DRAFT", "DUE", "PAST DUE", "PAID", "CREDIT", "VOID", "UNCOLLECTIBLE"),
    };

    private static Words German { get; } = new()
    {
        Invoice = "Rechnung", Number = "Rechnungsnummer", Issued = "Ausstellungsdatum", Due = "Fällig am", BillTo = "Rechnung an", TaxId = "Steuernummer:",
        CreditNote = "Rechnungskorrektur", CreditNoteNumber = "Korrekturnummer", OfInvoice = "Zur Rechnung", Reason = "Grund", UsageCorrected = "Nutzung korrigiert", Offset = "Mit der Rechnung verrechnet", Refunded = "Erstattet",
        Description = "Beschreibung", Quantity = "Menge", UnitPrice = "Einzelpreis", Tax = "Steuer", Amount = "Betrag", Subtotal = "Zwischensumme",
        Discount = "Rabatt", LineDiscount = "Rabatt {0}", Prepaid = "Guthaben aus Vorauszahlung", TaxOn = "{0} auf {1}", TaxContained = "Enthält {0} auf {1}",
        Rounding = "Rundung", Total = "Gesamtbetrag", CreditApplied = "Verrechnetes Guthaben", Credited = "Gutgeschrieben", Paid = "Bezahlt", AmountDue = "Offener Betrag",
        DueOn = "{0}, fällig am {1}", PaidOn = "{0}, bezahlt am {1}", CreditedOn = "{0}, gutgeschrieben am {1}", WrittenOff = "{0} nicht eingezogen",
        VoidedOn = "Storniert am {0}", NotIssued = "{0}, noch nicht ausgestellt", PageOf = "Seite {0} von {1}", Vat = "USt.",
        Lines = ("Nicht genutzte Zeit: {0}", "Weniger genutzt: {0}", "{0}: Mindestumsatz", "{0}: weniger Mindestumsatz", "Guthaben: {0}"),
        Badges = ("ENTWURF", "OFFEN", "ÜBERFÄLLIG", "BEZAHLT", "GUTSCHRIFT", "STORNIERT", "UNEINBRINGLICH"),
    };

    private static Words French { get; } = new()
    {
        Invoice = "Facture", Number = "Numéro de facture", Issued = "Date d’émission", Due = "Date d’échéance", BillTo = "Facturé à", TaxId = "N° fiscal\u00a0:",
        CreditNote = "Avoir", CreditNoteNumber = "Numéro d’avoir", OfInvoice = "Sur la facture", Reason = "Motif", UsageCorrected = "Consommation corrigée", Offset = "Imputé sur la facture", Refunded = "Remboursé",
        Description = "Description", Quantity = "Qté", UnitPrice = "Prix unitaire", Tax = "Taxe", Amount = "Montant", Subtotal = "Sous-total",
        Discount = "Remise", LineDiscount = "Remise {0}", Prepaid = "Crédit prépayé", TaxOn = "{0} sur {1}", TaxContained = "Dont {0} sur {1}",
        Rounding = "Arrondi", Total = "Total", CreditApplied = "Avoir appliqué", Credited = "Porté à votre crédit", Paid = "Montant payé", AmountDue = "Montant dû",
        DueOn = "{0} à payer avant le {1}", PaidOn = "{0} payés le {1}", CreditedOn = "{0} crédités le {1}", WrittenOff = "{0} non recouvrés",
        VoidedOn = "Annulée le {0}", NotIssued = "{0}, pas encore émise", PageOf = "Page {0} sur {1}", Vat = "TVA",
        Lines = ("Période non utilisée\u00a0: {0}", "Consommation en moins\u00a0: {0}", "{0}\u00a0: minimum garanti", "{0}\u00a0: minimum garanti, en moins", "Crédit prépayé\u00a0: {0}"),
        Badges = ("BROUILLON", "À PAYER", "EN RETARD", "PAYÉE", "AVOIR", "ANNULÉE", "IRRÉCOUVRABLE"),
    };

    private static Words Japanese { get; } = new()
    {
        Invoice = "請求書", Number = "請求書番号", Issued = "発行日", Due = "支払期日", BillTo = "請求先", TaxId = "登録番号:",
        CreditNote = "クレジットノート", CreditNoteNumber = "クレジットノート番号", OfInvoice = "対象の請求書", Reason = "理由", UsageCorrected = "利用量の訂正", Offset = "請求書への充当", Refunded = "返金",
        Description = "内容", Quantity = "数量", UnitPrice = "単価", Tax = "税率", Amount = "金額", Subtotal = "小計",
        Discount = "割引", LineDiscount = "割引 {0}", Prepaid = "前払い残高の充当", TaxOn = "{0}（対象 {1}）", TaxContained = "内 {0}（対象 {1}）",
        Rounding = "端数調整", Total = "合計", CreditApplied = "残高の充当", Credited = "残高への入金", Paid = "お支払い済み", AmountDue = "ご請求額",
        DueOn = "{0}　お支払期日 {1}", PaidOn = "{0}　{1} お支払い済み", CreditedOn = "{0}　{1} 返金・充当", WrittenOff = "{0}　回収不能",
        VoidedOn = "{0} 無効", NotIssued = "{0}　未発行", PageOf = "{0} / {1} ページ", Vat = "消費税",
        Lines = ("未使用期間: {0}", "利用量の減少: {0}", "{0}: 最低利用料金", "{0}: 最低利用料金の減額", "前払い残高: {0}"),
        Badges = ("下書き", "未払い", "期日超過", "支払い済み", "返金", "無効", "回収不能"),
    };
}

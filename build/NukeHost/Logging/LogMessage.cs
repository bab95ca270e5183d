using System.Globalization;
using Serilog.Events;
using Serilog.Parsing;

namespace Nuke.Common.Logging;

/// <summary>Renders a log event's message as people read it: strings without quotes.</summary>
internal static class LogMessage
{
    public static string Render(LogEvent logEvent)
    {
        using var writer = new StringWriter(CultureInfo.InvariantCulture);
        foreach (var token in logEvent.MessageTemplate.Tokens)
        {
            if (token is PropertyToken property
                && logEvent.Properties.TryGetValue(property.PropertyName, out var value)
                && value is ScalarValue { Value: string text })
            {
                writer.Write(text);
            }
            else
            {
                token.Render(logEvent.Properties, writer, CultureInfo.InvariantCulture);
            }
        }

        return writer.ToString();
    }
}

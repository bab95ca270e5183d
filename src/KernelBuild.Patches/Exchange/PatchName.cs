using System.Globalization;
using System.Text;

namespace KernelBuild.Patches.Exchange;

/// <summary>File names as git format-patch gives them: "0001-PCI-of-Request-ACS.patch".</summary>
internal static class PatchName
{
    private const int Longest = 57;

    public static string Of(int number, string subject)
    {
        var text = new StringBuilder(string.Create(CultureInfo.InvariantCulture, $"{number:0000}-"));
        var prefix = text.Length;
        var gap = false;
        foreach (var letter in Encoding.UTF8.GetBytes(subject).Select(one => (char)one))
        {
            if (char.IsAsciiLetterOrDigit(letter) || letter is '.' or '_')
            {
                if (gap && text.Length > prefix)
                {
                    text.Append('-');
                }

                gap = false;
                if (letter != '.' || text[^1] != '.')
                {
                    text.Append(letter);
                }
            }
            else
            {
                gap = true;
            }
        }

        while (text.Length > prefix && text[^1] is '.' or '-')
        {
            text.Length--;
        }

        text.Length = Math.Min(text.Length, Longest);
        return text.Append(".patch").ToString();
    }
}

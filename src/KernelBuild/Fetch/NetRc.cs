namespace KernelBuild.Fetch;

/// <summary>
/// ~/.netrc, as ftp, curl and git read it: no library of ours does. Lines are free in form; a token may stand in double quotes.
/// </summary>
/// <remarks>Source: the manual pages of GNU inetutils' netrc and of curl (--netrc).</remarks>
internal static class NetRc
{
    /// <summary>The login for a host: the first entry of its name with that user, else the default entry.</summary>
    /// <param name="user">Null for whichever the file has.</param>
    public static UrlCredentials? Find(IReadOnlyDictionary<string, string> environment, string host, string? user)
    {
        var path = environment.TryGetValue("NETRC", out var chosen) && chosen.Length > 0 ? chosen
            : environment.TryGetValue("HOME", out var home) && home.Length > 0 ? Path.Combine(home, ".netrc")
            : "";
        if (!File.Exists(path))
        {
            return null;
        }

        string text;
        try
        {
            text = File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }

        var (isMatch, login, password) = (false, (string?)null, (string?)null);
        var tokens = new Queue<string>(Tokens(text));
        while (tokens.TryDequeue(out var token))
        {
            switch (token)
            {
                case "machine" or "default":
                    if (Entry() is { } earlier)
                    {
                        return earlier;
                    }

                    isMatch = token == "default" || (tokens.TryDequeue(out var machine)
                        && machine.Equals(host, StringComparison.OrdinalIgnoreCase));
                    (login, password) = (null, null);
                    break;
                case "login":
                    tokens.TryDequeue(out login);
                    break;
                case "password":
                    tokens.TryDequeue(out password);
                    break;
                case "account":
                    tokens.TryDequeue(out _);
                    break;
                default:
                    break;
            }
        }

        return Entry();

        UrlCredentials? Entry() =>
            isMatch && password is not null && (user is null || login is null || login == user)
                ? new UrlCredentials(login ?? user ?? "", password)
                : null;
    }

    /// <summary>A macro (macdef) goes on to the next empty line; '#' begins a comment where a token could.</summary>
    private static IEnumerable<string> Tokens(string text)
    {
        var inMacro = false;
        foreach (var line in text.Split('\n').Select(line => line.TrimEnd('\r')))
        {
            inMacro &= line.Length > 0;
            for (var at = 0; !inMacro && at < line.Length;)
            {
                if (char.IsWhiteSpace(line[at]))
                {
                    at++;
                    continue;
                }

                if (line[at] == '#')
                {
                    break;
                }

                var token = Token(line, ref at);
                inMacro = token == "macdef";
                if (!inMacro)
                {
                    yield return token;
                }
            }
        }
    }

    private static string Token(string line, ref int at)
    {
        if (line[at] != '"')
        {
            var begin = at;
            while (at < line.Length && !char.IsWhiteSpace(line[at]))
            {
                at++;
            }

            return line[begin..at];
        }

        var token = new System.Text.StringBuilder();
        for (at++; at < line.Length && line[at] != '"'; at++)
        {
            if (line[at] == '\\' && at + 1 < line.Length)
            {
                at++;
                token.Append(line[at] switch { 'n' => '\n', 'r' => '\r', 't' => '\t', var other => other });
            }
            else
            {
                token.Append(line[at]);
            }
        }

        at++;
        return token.ToString();
    }
}

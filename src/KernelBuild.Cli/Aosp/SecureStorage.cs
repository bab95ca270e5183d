using KernelBuild.Diagnostics;
using KernelBuild.Host.Processes;

namespace KernelBuild.Cli.Aosp;

/// <summary>
/// Passphrases as AOSP's build keeps them: the command in ANDROID_SECURE_STORAGE_CMD prints that of the key named by TMP__KEY_FILE_NAME.
/// Source: AOSP, external/avb/avbtool.py, RSAPublicKey.
/// </summary>
internal static class SecureStorage
{
    /// <returns>Null when there is no such command, or it fails.</returns>
    public static string? PassphraseOf(string key)
    {
        if (Environment.GetEnvironmentVariable("ANDROID_SECURE_STORAGE_CMD") is not { Length: > 0 } command)
        {
            return null;
        }

        try
        {
            return Command.WithFullEnvironment("sh").WithArguments("-c", command).WithEnvironment("TMP__KEY_FILE_NAME", key)
                .ReadAsync(CancellationToken.None).GetAwaiter().GetResult();
        }
        catch (DiagnosticException)
        {
            // avbtool goes on without a passphrase, and the key says what is missing
            return null;
        }
    }
}

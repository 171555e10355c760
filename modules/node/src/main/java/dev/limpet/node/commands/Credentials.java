package dev.limpet.node.commands;

import dev.limpet.certificates.PemFiles;
import dev.limpet.certificates.TlsContexts;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** How a command shows a node who it is, and knows that it speaks to a node. */
final class Credentials {

  private static final String VARIABLE = "LIMPET_TOKEN";

  /** For those who are refused. */
  static final String WHERE =
      "set LIMPET_TOKEN, use --token-file, or keep the token in ~/.config/limpet/token"
          + " (limpet token makes one)";

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--token-file",
      scope = ScopeType.INHERIT,
      paramLabel = "FILE",
      description = {
        "a file that holds the token to show (default: the token in LIMPET_TOKEN, or else",
        "the file ~/.config/limpet/token)"
      })
  private @Nullable Path tokenFile;

  @Option(
      names = "--ca",
      scope = ScopeType.INHERIT,
      paramLabel = "FILE",
      description = "the authority of the node's certificate, as PEM (default: the system's)")
  private @Nullable Path authority;

  @Option(
      names = "--cert",
      scope = ScopeType.INHERIT,
      paramLabel = "FILE",
      description = "a certificate to show in place of a token, as PEM; with --key")
  private @Nullable Path certificate;

  @Option(
      names = "--key",
      scope = ScopeType.INHERIT,
      paramLabel = "FILE",
      description = "its private key, as PEM")
  private @Nullable Path key;

  private final Function<String, @Nullable String> environment = System::getenv;

  /** Whether they say that the node speaks TLS. */
  boolean isForTls() {
    return authority != null || certificate != null;
  }

  /**
   * @return closed by the caller
   * @throws IOException names a file and what is wrong with it
   */
  HttpClient client() throws IOException {
    if ((certificate == null) != (key == null)) {
      throw new ParameterException(spec.commandLine(), "--cert and --key go together");
    }
    HttpClient.Builder client = HttpClient.newBuilder();
    if (certificate == null && authority == null) {
      return client.build();
    }
    List<X509Certificate> authorities =
        authority == null ? List.of() : PemFiles.certificates(authority);
    try {
      return client.sslContext(TlsContexts.of(identity(), authorities)).build();
    } catch (GeneralSecurityException e) {
      throw new IOException(
          (certificate == null ? authority : certificate) + ": cannot be used: " + e.getMessage(),
          e);
    }
  }

  private TlsContexts.@Nullable Identity identity() throws IOException {
    if (certificate == null || key == null) {
      return null;
    }
    List<X509Certificate> chain = PemFiles.certificates(certificate);
    return new TlsContexts.Identity(chain, PemFiles.keyOf(chain.getFirst(), key));
  }

  /**
   * The value of {@code Authorization}; empty where there is no token.
   *
   * @throws IOException names the file and why it cannot be used
   */
  Optional<String> authorization() throws IOException {
    String token = token();
    if (!token.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
      throw new IOException(
          (tokenFile == null ? "the token" : tokenFile + ": the token") + " is not one word");
    }
    return token.isEmpty() ? Optional.empty() : Optional.of("Bearer " + token);
  }

  private String token() throws IOException {
    if (tokenFile != null) {
      String token = read(tokenFile);
      if (token.isEmpty()) {
        throw new IOException(tokenFile + ": there is no token in it");
      }
      return token;
    }
    String variable = environment.apply(VARIABLE);
    if (variable != null && !variable.isBlank()) {
      return variable.strip();
    }
    Path usual = configured().resolve("limpet").resolve("token");
    return Files.exists(usual) ? read(usual) : "";
  }

  /** Where programs keep settings of their users (XDG base directories). */
  private Path configured() {
    String directory = environment.apply("XDG_CONFIG_HOME");
    return directory == null || directory.isBlank()
        ? Path.of(System.getProperty("user.home", ""), ".config")
        : Path.of(directory);
  }

  private static String read(Path file) throws IOException {
    return new String(PemFiles.read(file), StandardCharsets.UTF_8).strip();
  }
}

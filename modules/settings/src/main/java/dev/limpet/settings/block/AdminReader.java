package dev.limpet.settings.block;

import com.typesafe.config.ConfigValue;
import dev.limpet.certificates.PemFiles;
import dev.limpet.model.net.Cidr;
import dev.limpet.model.net.HostPort;
import dev.limpet.model.secret.TokenHash;
import dev.limpet.model.settings.Admin;
import dev.limpet.model.settings.Settings;
import dev.limpet.model.settings.TokensFile;
import dev.limpet.settings.block.host.HostReader;
import dev.limpet.settings.hocon.Section;
import dev.limpet.settings.hocon.Values;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reads {@code limpet.admin}. */
final class AdminReader {

  private static final Map<String, Optional<Admin.Role>> ROLES_AND_NONE = new LinkedHashMap<>();

  static {
    ROLES_AND_NONE.put("read", Optional.of(Admin.Role.READ));
    ROLES_AND_NONE.put("write", Optional.of(Admin.Role.WRITE));
    ROLES_AND_NONE.put("admin", Optional.of(Admin.Role.ADMIN));
    ROLES_AND_NONE.put("none", Optional.empty());
  }

  private AdminReader() {}

  static Admin read(HostPort bind, Section section) {
    Set<String> names = new HashSet<>();
    List<Admin.Token> tokens = tokens(section, names);
    Optional<Path> file = section.file("tokens-file");
    file.ifPresent(path -> check(path, section, names));
    Admin admin =
        new Admin(
            bind,
            Set.copyOf(section.list("hosts", HostReader::plain)),
            tokens,
            file,
            section.sectionIfSet("tls").map(AdminReader::tls),
            section.list("allow", value -> Cidr.parse(Values.text(value))),
            section.onOff("metrics-open"),
            section.onOff("insecure"));
    checkExposure(section, admin);
    return admin;
  }

  private static List<Admin.Token> tokens(Section admin, Set<String> names) {
    List<Admin.Token> tokens = new ArrayList<>();
    for (Section section : admin.sections("tokens", "admin-token")) {
      String name = section.get("name", "", AdminReader::name);
      if (!name.isEmpty() && !names.add(name)) {
        section.reject("name", "another token is called \"" + name + "\", too");
      }
      Admin.Role role = section.choice("role", Admin.Role.class);
      section
          .get("hash", Optional.<TokenHash>empty(), value -> Optional.of(hash(value)))
          .ifPresent(hash -> tokens.add(new Admin.Token(name, role, hash)));
    }
    return List.copyOf(tokens);
  }

  private static String name(ConfigValue value) {
    return Values.matching(
        value, TokensFile::isName, "a name of letters, digits, \".\", \"_\", \"-\" and \"@\"");
  }

  private static TokenHash hash(ConfigValue value) {
    return TokenHash.parse(Values.text(value));
  }

  private static void check(Path file, Section admin, Set<String> names) {
    try {
      List<Admin.Token> tokens =
          TokensFile.parse(new String(PemFiles.read(file), StandardCharsets.UTF_8));
      for (Admin.Token token : tokens) {
        if (!names.add(token.name())) {
          admin.reject(
              "tokens-file",
              file + ": a token of admin.tokens is called " + token.name() + ", too");
        }
      }
      PemFiles.exposure(file, "this file of tokens' hashes")
          .ifPresent(exposure -> admin.warn("tokens-file", exposure));
      if (tokens.isEmpty()) {
        admin.warn("tokens-file", file + ": there is no token in it");
      }
    } catch (IOException e) {
      admin.reject("tokens-file", String.valueOf(e.getMessage()));
    } catch (IllegalArgumentException e) {
      admin.reject("tokens-file", file + ": " + e.getMessage());
    }
  }

  private static Admin.Tls tls(Section tls) {
    Path chain = tls.get("certificate", CertificateReader.NONE, Values::file);
    Path key = tls.get("key", CertificateReader.NONE, Values::file);
    CertificateReader.check(tls, chain, key);
    Optional<Path> ca = tls.file("client-ca");
    ca.ifPresent(file -> CertificateReader.check(tls, "client-ca", file));
    List<Admin.Client> clients = new ArrayList<>();
    for (Section client : tls.sections("clients", "admin-client")) {
      clients.add(
          new Admin.Client(client.text("subject"), client.choice("role", Admin.Role.class)));
    }
    Optional<Admin.Role> others =
        tls.get("other-clients", Optional.empty(), v -> Values.choice(v, ROLES_AND_NONE));
    if (!tls.has("client-ca") && (!clients.isEmpty() || others.isPresent())) {
      tls.reject(
          clients.isEmpty() ? "other-clients" : "clients",
          "whose certificates? client-ca names the authority that makes them");
    }
    if (ca.isPresent() && tls.none("clients") && others.isEmpty()) {
      tls.reject(
          "client-ca",
          "clients are let in by none of its certificates; list them in clients, such as"
              + " clients = [ { subject = alice, role = admin } ], or set other-clients");
    }
    return new Admin.Tls(
        new Settings.Certificate(chain, key, Optional.empty()), ca, List.copyOf(clients), others);
  }

  private static void checkExposure(Section section, Admin admin) {
    HostPort bind = admin.bind();
    if (bind.isLoopback()) {
      return;
    }
    if (!admin.asksWho() && !admin.insecure()) {
      section.reject(
          "bind",
          "\""
              + bind
              + "\" can be reached from other machines, and whoever reaches it could change servers and"
              + " settings; name the tokens that are let in (limpet token NAME --role admin makes one,"
              + " and the line for the settings), or have clients show certificates (admin.tls.client-ca),"
              + " or bind to a loopback address, or set admin.insecure = on");
    } else if (admin.asksWho() && admin.tls().isEmpty()) {
      section.warn(
          "bind",
          "tokens travel to \""
              + bind
              + "\" in clear text, for who listens on the way to read; set admin.tls");
    }
  }
}

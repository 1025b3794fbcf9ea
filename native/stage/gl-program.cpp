#include "stage/gl-program.h"

#include <array>

namespace feimu::stage {

namespace {

GLuint compile(GLenum kind, const char* extensions, const char* source, StageError& error) {
  const GLuint shader = glCreateShader(kind);
  const std::array<const char*, 4> parts{"#version 300 es\n", extensions, "precision highp float;\nprecision highp int;\n",
                                         source};
  glShaderSource(shader, parts.size(), parts.data(), nullptr);
  glCompileShader(shader);
  GLint good = 0;
  glGetShaderiv(shader, GL_COMPILE_STATUS, &good);
  if (good) return shader;
  std::array<char, 1024> log{};
  glGetShaderInfoLog(shader, log.size(), nullptr, log.data());
  error = {"STAGE_SHADER", log.data()};
  glDeleteShader(shader);
  return 0;
}

}  // namespace

std::unique_ptr<GlProgram> GlProgram::link(const char* vertex, const char* fragment, StageError& error,
                                           const char* extensions) {
  const GLuint first = compile(GL_VERTEX_SHADER, "", vertex, error);
  const GLuint second = first ? compile(GL_FRAGMENT_SHADER, extensions, fragment, error) : 0;
  if (!second) {
    glDeleteShader(first);
    return nullptr;
  }
  const GLuint program = glCreateProgram();
  glAttachShader(program, first);
  glAttachShader(program, second);
  glLinkProgram(program);
  glDeleteShader(first);
  glDeleteShader(second);
  std::unique_ptr<GlProgram> made(new GlProgram(program));
  GLint good = 0;
  glGetProgramiv(program, GL_LINK_STATUS, &good);
  if (good) return made;
  std::array<char, 1024> log{};
  glGetProgramInfoLog(program, log.size(), nullptr, log.data());
  error = {"STAGE_SHADER", log.data()};
  return nullptr;
}

}  // namespace feimu::stage

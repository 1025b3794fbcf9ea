{
  "targets": [
    {
      "target_name": "feimu",
      "type": "none",
      "actions": [
        {
          "action_name": "cmake",
          "inputs": [],
          "outputs": ["build/never-made"],
          "action": ["node", "node_modules/cmake-js/bin/cmake-js", "build", "--out", "build/cmake"]
        }
      ]
    }
  ]
}
